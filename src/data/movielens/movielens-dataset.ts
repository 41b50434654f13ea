import type { Interactions } from '../interactions.ts';
import { InvalidDataError } from '../../errors.ts';
import { sha256 } from '../sha-256.ts';
import { decodeCatalogue, type Film } from './catalogue.ts';
import { decodeDatasetManifest, type DatasetFile, type DatasetManifest } from './dataset-manifest.ts';
import { decodeRatings } from './ratings-file.ts';

/** A data set in memory. */
export interface Dataset {
  readonly manifest: DatasetManifest;
  /** The films in the order of the item rows. */
  readonly films: readonly Film[];
  /** All ratings: values are stars, 0.5–5; users are sorted by id, the ratings of a user by time. */
  readonly interactions: Interactions;
  /** The id of each user row, as text. */
  readonly userIds: readonly string[];
  /** Seconds since 1970 (UTC), one per rating. */
  readonly timestamps: Uint32Array;
}

/** The bytes of a data set's files. */
export interface DatasetBytes {
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly ratings: Uint8Array<ArrayBuffer>;
  readonly catalogue: Uint8Array<ArrayBuffer>;
}

/**
 * Checks the length and the SHA-256 of a data set's files, and reads them.
 *
 * @throws {InvalidDataError} a file is truncated, altered, of another version, or does not match the others; names the
 *   file, what was expected and what was found
 */
export async function readDataset(bytes: DatasetBytes): Promise<Dataset> {
  const manifest = decodeDatasetManifest(new TextDecoder().decode(bytes.manifest));
  await verifyFile(manifest.files.ratings, bytes.ratings);
  await verifyFile(manifest.files.catalogue, bytes.catalogue);
  const films = decodeCatalogue(new TextDecoder().decode(bytes.catalogue));
  const ratings = decodeRatings(bytes.ratings);

  const { counts } = manifest;
  expectCount('films in catalogue.json', films.length, counts.films);
  expectCount('films in ratings.bin', ratings.filmCount, counts.films);
  expectCount('users in ratings.bin', ratings.userIds.length, counts.users);
  expectCount('ratings in ratings.bin', ratings.users.length, counts.ratings);
  return {
    manifest,
    films,
    interactions: {
      itemIds: films.map((film) => film.id),
      userCount: ratings.userIds.length,
      users: ratings.users,
      items: ratings.films,
      values: ratings.stars,
    },
    userIds: Array.from(ratings.userIds, String),
    timestamps: ratings.times,
  };
}

/**
 * Loads a data set from a folder on a web server, e.g. `fetchDataset('/datasets/movielens-small/')`.
 *
 * @throws {InvalidDataError} the server does not have a file; also the errors of `readDataset`
 * @throws the signal's reason when aborted
 */
export async function fetchDataset(
  baseUrl: string | URL,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Dataset> {
  const folder = String(baseUrl).replace(/\/?$/u, '/');
  const load = async (path: string): Promise<Uint8Array<ArrayBuffer>> => {
    const response = await fetch(folder + path, { signal: signal ?? null });
    if (!response.ok) {
      throw new InvalidDataError(`${folder}${path} could not be loaded: the server answered ${response.status}.`);
    }
    return new Uint8Array(await response.arrayBuffer());
  };
  // The format fixes the file names, so all three can load at the same time.
  const [manifest, ratings, catalogue] = await Promise.all(
    ['manifest.json', 'ratings.bin', 'catalogue.json'].map(load),
  );
  return readDataset({ manifest: manifest!, ratings: ratings!, catalogue: catalogue! });
}

/**
 * Checks one file against its entry in the manifest.
 *
 * @throws {InvalidDataError} the file does not match; names the file, what was expected and what was found
 */
export async function verifyFile(file: DatasetFile, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if (bytes.length !== file.byteLength) {
    throw new InvalidDataError(
      `${file.path} must have ${file.byteLength} bytes, got ${bytes.length}: it is truncated or of another edition. Load it again.`,
    );
  }
  const found = await sha256(bytes);
  if (found !== file.sha256) {
    throw new InvalidDataError(
      `${file.path} must have the SHA-256 ${file.sha256}, got ${found}: it was altered or damaged. Load it again.`,
    );
  }
}

function expectCount(what: string, got: number, expected: number): void {
  if (got !== expected) {
    throw new InvalidDataError(
      `The manifest tells of ${expected} ${what}, but there are ${got}: the files do not belong together.`,
    );
  }
}
