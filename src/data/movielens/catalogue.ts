import * as v from 'valibot';
import { InvalidDataError } from '../../errors.ts';

/** One film of the catalogue. */
export interface Film {
  /** The id that MovieLens gives it, as text. */
  readonly id: string;
  /** For display: `The Matrix`, not `Matrix, The`. */
  readonly title: string;
  /** Other names it goes by, for search; mostly the original title. */
  readonly alternativeTitles: readonly string[];
  /** Null where MovieLens does not tell. */
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
      /** Left out of the file where there are none. */
      alternativeTitles: v.optional(v.array(nonEmpty), []),
      year: v.nullable(v.pipe(v.number(), v.integer())),
      genres: v.array(nonEmpty),
    }),
  ),
});

/** `catalogue.json`: one film a line, so that two editions can be compared line by line. */
export function encodeCatalogue(films: readonly Film[]): string {
  const lines = films.map(({ id, title, alternativeTitles, year, genres }) =>
    JSON.stringify({ id, title, ...(alternativeTitles.length > 0 && { alternativeTitles }), year, genres }),
  );
  return `{"format":"pocketrec-catalogue","version":1,"films":[\n${lines.join(',\n')}\n]}\n`;
}

/**
 * Reads `catalogue.json`.
 *
 * @throws {InvalidDataError} not JSON, another format or version, a field that is missing or wrong, an id twice
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

/** JSON text checked against a schema; the error names the file and the place. */
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
