import { encodeCatalogue } from '../../data/movielens/catalogue.ts';
import { encodeDatasetManifest, type DatasetFile } from '../../data/movielens/dataset-manifest.ts';
import { encodeRatings } from '../../data/movielens/ratings-file.ts';
import { encodeStrongSplit } from '../../evaluation/strong-split.ts';
import { InvalidDataError } from '../../errors.ts';
import { sha256 } from '../../data/sha-256.ts';
import { readMovies, readRatings, readSplit, type RatingRow, type RowProblem, type SplitRow } from './movielens-csv.ts';
import { licenceText } from './movielens-licence.ts';

/** The source files as text. */
export interface MovieLensSource {
  readonly movies: string;
  readonly ratings: string;
  /** `strong-split.csv`, where the folder has one. */
  readonly split?: string;
}

/** The data set's files by name, and every source row that is not in them. */
export interface Conversion {
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly counts: { readonly users: number; readonly films: number; readonly ratings: number };
  readonly problems: readonly RowProblem[];
}

const whatWasChanged = `the ratings were packed into ratings.bin (none left out, none
altered), titles were turned for display ("The Matrix" for "Matrix, The") with other
names of a film in a field of their own, and strong-split.json, where it is present,
adds a fixed split for evaluation.`;

/**
 * Turns the CSV files of a small MovieLens into Pocketrec's data set. The same source gives the same bytes.
 * Films and users are in the order of their numbers; a film that nobody rated stays in the catalogue.
 *
 * @throws {InvalidDataError} a file that is not CSV, a wrong header, no good rating at all, or a split that does not
 *   belong to these ratings
 */
export async function convertMovieLens(source: MovieLensSource): Promise<Conversion> {
  const { films, problems: filmProblems } = readMovies({ file: 'movies.csv', text: source.movies });
  const filmRowOf = new Map(films.map((film, row) => [Number(film.id), row]));
  const { ratings, problems: ratingProblems } = readRatings(
    { file: 'ratings.csv', text: source.ratings },
    new Set(filmRowOf.keys()),
  );
  if (ratings.length === 0) throw new InvalidDataError('ratings.csv has no good rating; there is nothing to convert.');
  ratings.sort((left, right) => left.userId - right.userId || left.time - right.time || left.filmId - right.filmId);
  const userIds = [...new Set(ratings.map((rating) => rating.userId))];
  const userRowOf = new Map(userIds.map((userId, row) => [userId, row]));

  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const add = async (path: string, content: Uint8Array<ArrayBuffer> | string): Promise<DatasetFile> => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    files.set(path, bytes);
    return { path, byteLength: bytes.length, sha256: await sha256(bytes) };
  };
  const ratingsFile = await add(
    'ratings.bin',
    encodeRatings({
      userIds: Uint32Array.from(userIds),
      filmCount: films.length,
      users: Uint32Array.from(ratings, (rating) => userRowOf.get(rating.userId)!),
      films: Uint32Array.from(ratings, (rating) => filmRowOf.get(rating.filmId)!),
      stars: Float32Array.from(ratings, (rating) => rating.stars),
      times: Uint32Array.from(ratings, (rating) => rating.time),
    }),
  );
  const catalogue = await add('catalogue.json', encodeCatalogue(films));
  const licence = await add('LICENSE.txt', licenceText(whatWasChanged));
  let strongSplit: DatasetFile | undefined;
  if (source.split !== undefined) {
    const split = readSplit({ file: 'strong-split.csv', text: source.split });
    checkSplit(split, ratings);
    split.sort((left, right) => left.userId - right.userId);
    strongSplit = await add(
      'strong-split.json',
      encodeStrongSplit(
        split.map(({ userId, fold, targets }) => ({ user: String(userId), fold, targets: targets.map(String) })),
      ),
    );
  }

  const lastTime = ratings.reduce((latest, rating) => Math.max(latest, rating.time), 0);
  const counts = { users: userIds.length, films: films.length, ratings: ratings.length };
  const manifest = encodeDatasetManifest({
    format: 'pocketrec-dataset',
    version: 1,
    name: 'movielens-small',
    source: 'MovieLens latest-small by GroupLens, University of Minnesota; see LICENSE.txt',
    edition: new Date(lastTime * 1000).toISOString().slice(0, 7),
    counts,
    files: { ratings: ratingsFile, catalogue, licence, ...(strongSplit && { strongSplit }) },
  });
  files.set('manifest.json', new TextEncoder().encode(manifest));
  return { files, counts, problems: [...filmProblems, ...ratingProblems] };
}

function checkSplit(split: readonly SplitRow[], ratings: readonly RatingRow[]): void {
  const filmsOf = new Map<number, Set<number>>();
  for (const { userId, filmId } of ratings) {
    let films = filmsOf.get(userId);
    if (films === undefined) filmsOf.set(userId, (films = new Set()));
    films.add(filmId);
  }
  const seen = new Set<number>();
  for (const { userId, targets } of split) {
    if (seen.has(userId)) throw new InvalidDataError(`strong-split.csv has user ${userId} twice.`);
    seen.add(userId);
    const films = filmsOf.get(userId);
    const stranger = targets.find((target) => !films?.has(target));
    if (stranger !== undefined) {
      throw new InvalidDataError(
        `strong-split.csv: film ${stranger} is a target of user ${userId}, who did not rate it.`,
      );
    }
    if (new Set(targets).size !== targets.length) {
      throw new InvalidDataError(`strong-split.csv: user ${userId} has a target twice.`);
    }
  }
  const missing = [...filmsOf.keys()].find((userId) => !seen.has(userId));
  if (missing !== undefined) throw new InvalidDataError(`strong-split.csv has no line for user ${missing}.`);
}
