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
    const filmIds = this.#idsOf(query, careful);
    // Two letters swapped are two wrong letters: more is forgiven where little was found.
    if (filmIds.length < 3) {
      filmIds.push(...this.#idsOf(query, generous).filter((filmId) => !filmIds.includes(filmId)));
    }
    return filmIds.slice(0, count);
  }

  #idsOf(query: string, fuzzy: (term: string) => number): string[] {
    const found = this.#index.search(query, {
      combineWith: 'AND',
      prefix: (term) => term.length >= 2,
      fuzzy: (term) => (/^\d+$/u.test(term) ? 0 : fuzzy(term)),
      boost: { title: 3, alternatives: 2 },
      weights: { fuzzy: 0.35, prefix: 0.7 },
    });
    return found.map(({ id }) => String(id));
  }
}

/** Wrong letters forgiven by the length of a word; none in short words and in years, which mean what they say. */
const careful = (term: string) => (term.length < 4 ? 0 : term.length < 8 ? 1 : 2);
const generous = (term: string) => (term.length < 4 ? 0 : term.length < 8 ? 2 : 3);

/** Lower case without accents, so that `amelie` finds `Amélie`. */
export function foldTerm(term: string): string {
  return term
    .normalize('NFD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase();
}
