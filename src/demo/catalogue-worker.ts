/**
 * The films, the search index and the training data, off the main thread: parsing and indexing 9,000 films takes
 * longer than a frame on a slow machine. The page talks to it through `FilmLibrary`.
 */
import { createBirpc } from 'birpc';
import { decodeCatalogue, type Film } from '../data/movielens/catalogue.ts';
import { decodeDatasetManifest } from '../data/movielens/dataset-manifest.ts';
import { fetchDataset, verifyFile } from '../data/movielens/movielens-dataset.ts';
import { InvalidDataError } from '../errors.ts';
// oxlint-disable-next-line no-restricted-imports -- the page's other worker is called the same way.
import { callChannel } from '../worker/call-channel.ts';
import { FilmSearch } from './film-search.ts';
import type { Interactions } from '../index.ts';

let search: FilmSearch | null = null;

const service = {
  /** The films alone, checked against the manifest; the ratings are fetched only for training. */
  async films(folder: string): Promise<Film[]> {
    const [manifestBytes, catalogueBytes] = await Promise.all([
      load(folder, 'manifest.json'),
      load(folder, 'catalogue.json'),
    ]);
    const manifest = decodeDatasetManifest(new TextDecoder().decode(manifestBytes));
    await verifyFile(manifest.files.catalogue, catalogueBytes);
    const films = decodeCatalogue(new TextDecoder().decode(catalogueBytes));
    // After the answer has gone out: the first rows do not wait for the index.
    setTimeout(() => (search = new FilmSearch(films)), 0);
    return films;
  },

  /** Ids of the films that a query means, best first. */
  async find(query: string, count: number): Promise<string[]> {
    await search?.ready;
    return search?.find(query, count) ?? [];
  },

  /** All ratings, for training. */
  async ratings(folder: string): Promise<Interactions> {
    return (await fetchDataset(folder)).interactions;
  },
};

export type CatalogueService = typeof service;

async function load(folder: string, file: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(folder + file);
  if (!response.ok) throw new InvalidDataError(`${file} could not be loaded: the server answered ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

createBirpc(service, callChannel(globalThis));
