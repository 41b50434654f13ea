import * as v from 'valibot';
import { InvalidDataError } from '../../errors.ts';

/** One film of the catalogue. */
export interface Film {
  /** The film's id in MovieLens, as text. */
  readonly id: string;
  /** The title for display: `The Matrix`, not `Matrix, The`. */
  readonly title: string;
  /** Other titles, for search; mostly the original one. */
  readonly alternativeTitles: readonly string[];
  /** Null if MovieLens does not have it. */
  readonly year: number | null;
  readonly genres: readonly string[];
}

const nonEmpty = v.pipe(v.string(), v.nonEmpty());

const catalogueSchema = v.object({
  format: v.literal('pocketrec-catalogue'),
  version: v.literal(1),
  films: v.array(
    v.object({
      id: nonEmpty,
      title: nonEmpty,
      /** Missing in the file if there are none. */
      alternativeTitles: v.optional(v.array(nonEmpty), []),
      year: v.nullable(v.pipe(v.number(), v.integer())),
      genres: v.array(nonEmpty),
    }),
  ),
});

/** Writes `catalogue.json`: one film per line, so that two editions can be compared line by line. */
export function encodeCatalogue(films: readonly Film[]): string {
  const lines = films.map(({ id, title, alternativeTitles, year, genres }) =>
    JSON.stringify({ id, title, ...(alternativeTitles.length > 0 && { alternativeTitles }), year, genres }),
  );
  return `{"format":"pocketrec-catalogue","version":1,"films":[\n${lines.join(',\n')}\n]}\n`;
}

/**
 * Reads `catalogue.json`.
 *
 * @throws {InvalidDataError} the text is not JSON or has another format or version, a field is missing or wrong, or an
 *   id occurs twice
 */
export function decodeCatalogue(text: string): Film[] {
  const { films } = parseJsonAs(catalogueSchema, { file: 'catalogue.json', text });
  const ids = new Set<string>();
  for (const { id } of films) {
    if (ids.has(id)) throw new InvalidDataError(`catalogue.json has the film id ${JSON.stringify(id)} twice.`);
    ids.add(id);
  }
  return films;
}

/**
 * Parses JSON text and checks it against a schema.
 *
 * @throws {InvalidDataError} the text is not JSON or does not match; names the file and the place
 */
export function parseJsonAs<Output>(
  schema: v.GenericSchema<unknown, Output>,
  { file, text }: { readonly file: string; readonly text: string },
): Output {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidDataError(`${file} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = v.getDotPath(issue) ?? 'the document';
  throw new InvalidDataError(`${file} is not what this version reads: at ${place}: ${issue.message}.`);
}
