import * as v from 'valibot';
import { parseJsonAs } from './catalogue.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const fileSchema = v.object({
  /** Beside the manifest. */
  path: v.pipe(v.string(), v.nonEmpty()),
  byteLength: count,
  /** Lower-case hexadecimal. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/u, 'Invalid SHA-256: 64 hexadecimal digits expected')),
});

const manifestSchema = v.object({
  format: v.literal('pocketrec-dataset'),
  version: v.literal(1),
  /** E.g. `movielens-small`. */
  name: v.pipe(v.string(), v.nonEmpty()),
  /** Whose data it is and where it came from, for people. */
  source: v.string(),
  /** Month of the last rating, by which the editions of MovieLens differ, e.g. `2016-10`. */
  edition: v.string(),
  counts: v.object({ users: count, films: count, ratings: count }),
  files: v.object({
    ratings: fileSchema,
    catalogue: fileSchema,
    licence: fileSchema,
    /** The fixed evaluation split, where the data set has one. */
    strongSplit: v.optional(fileSchema),
  }),
});

/** Name, length and checksum of one file of the data set. */
export type DatasetFile = v.InferOutput<typeof fileSchema>;

/** `manifest.json` of a data set: what there is, how much of it, and the checksum of every file. */
export type DatasetManifest = v.InferOutput<typeof manifestSchema>;

/** @throws {InvalidDataError} not JSON, another format or version, or a field that is missing or wrong */
export function decodeDatasetManifest(text: string): DatasetManifest {
  return parseJsonAs(manifestSchema, { file: 'manifest.json', text });
}

/** The manifest as text; the same manifest gives the same bytes. */
export function encodeDatasetManifest(manifest: DatasetManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
