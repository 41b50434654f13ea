import MiniSearch from 'minisearch';
import type { Film } from './film.ts';

/** Films in one slice of the index build: a few milliseconds on a slow machine. */
const chunkSize = 150;

/**
 * Search over the catalogue that forgives typing: prefixes, one or two wrong letters, missing accents, alternative
 * titles and the year. The index is built in slices between which the page can paint.
 */
export class FilmSearch {
  readonly #index = new MiniSearch<{ id: string; title: string; alternatives: string; year: string }>({
    fields: ['title', 'alternatives', 'year'],
    processTerm: foldTerm,
  });
  /** Resolves when every film can be found. */
  readonly ready: Promise<void>;

  constructor(films: readonly Film[]) {
    const documents = films.map(({ id, title, alternativeTitles, year }) => ({
      id,
      title,
      alternatives: alternativeTitles.join(' '),
      year: year === null ? '' : String(year),
    }));
    this.ready = this.#index.addAllAsync(documents, { chunkSize });
  }

  /** Up to `count` film ids, best first; empty for a query without a letter or digit. */
  find(query: string, count = 12): string[] {
    const found = this.#index.search(query, {
      combineWith: 'AND',
      prefix: (term) => term.length >= 2,
      // No tolerance in short words and in years: "up" and "1994" mean what they say.
      fuzzy: (term) => (term.length < 4 || /^\d+$/.test(term) ? false : term.length < 8 ? 0.25 : 0.2),
      boost: { title: 3, alternatives: 2 },
      weights: { fuzzy: 0.35, prefix: 0.7 },
    });
    return found.slice(0, count).map(({ id }) => String(id));
  }
}

/** Lower case without accents, so that `amelie` finds `Amélie`. */
export function foldTerm(term: string): string {
  return term
    .normalize('NFD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase();
}
