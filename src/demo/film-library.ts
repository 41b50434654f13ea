import { createBirpc } from 'birpc';
import type { CatalogueService } from './catalogue-worker.ts';
import { FilmCatalogue } from './film.ts';
import type { Interactions } from '../index.ts';
// oxlint-disable-next-line no-restricted-imports -- the page's other worker is called the same way.
import { callChannel } from '../worker/call-channel.ts';

/** The page's side of the catalogue worker. */
export class FilmLibrary {
  readonly #service = createBirpc<CatalogueService>(
    {},
    callChannel(new Worker(new URL('./catalogue-worker.ts', import.meta.url), { type: 'module', name: 'catalogue' })),
  );
  readonly #folder: string;

  /** `folder` is the data set's address, ending in a slash. */
  constructor(folder: URL) {
    this.#folder = folder.href;
  }

  /** @throws {InvalidDataError} a file that is missing, truncated, altered or of another format */
  async catalogue(): Promise<FilmCatalogue> {
    return new FilmCatalogue(await this.#service.films(this.#folder));
  }

  /** Ids of the films that a query means, best first; waits for the index where it is still being built. */
  find(query: string, count: number): Promise<string[]> {
    return this.#service.find(query, count);
  }

  /** All ratings of the data set; only training needs them. */
  ratings(): Promise<Interactions> {
    return this.#service.ratings(this.#folder);
  }
}
