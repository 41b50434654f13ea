import * as v from 'valibot';
import { parseJsonAs } from './catalogue.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const fileSchema = v.object({
  /** The file's path, relative to the manifest. */
  path: v.pipe(v.string(), v.nonEmpty()),
  byteLength: count,
  /** 64 lower-case hexadecimal digits. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/u, 'Invalid SHA-256: 64 hexadecimal digits expected')),
});

const manifestSchema = v.object({
  format: v.literal('pocketrec-dataset'),
  version: v.literal(1),
  /** The name of the data set, e.g. `movielens-small`. */
  name: v.pipe(v.string(), v.nonEmpty()),
  /** Owner and origin of the data, for people. */
  source: v.string(),
  /** The month of the last rating, e.g. `2016-10`, which identifies an edition of MovieLens. */
  edition: v.string(),
  counts: v.object({ users: count, films: count, ratings: count }),
  files: v.object({
    ratings: fileSchema,
    catalogue: fileSchema,
    licence: fileSchema,
    /** The fixed evaluation split, if the data set has one. */
    strongSplit: v.optional(fileSchema),
  }),
});

/** Name, length and checksum of one file of the data set. */
export type DatasetFile = v.InferOutput<typeof fileSchema>;

/** `manifest.json` of a data set: its files with their lengths and checksums, and its counts. */
export type DatasetManifest = v.InferOutput<typeof manifestSchema>;

/**
 * Reads a manifest.
 *
 * @throws {InvalidDataError} the text is not JSON or has another format or version, or a field is missing or wrong
 */
export function decodeDatasetManifest(text: string): DatasetManifest {
  return parseJsonAs(manifestSchema, { file: 'manifest.json', text });
}

/** Writes a manifest; the same manifest gives the same text. */
export function encodeDatasetManifest(manifest: DatasetManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
