import type { Film } from '../data/movielens/catalogue.ts';

export type { Film };

/** All films of the page by id, in the order of the model's rows. */
export class FilmCatalogue {
  readonly #byId: ReadonlyMap<string, Film>;

  constructor(readonly films: readonly Film[]) {
    this.#byId = new Map(films.map((film) => [film.id, film]));
  }

  /** The film, or undefined where the model or an imported history knows one that the catalogue does not. */
  find(filmId: string): Film | undefined {
    return this.#byId.get(filmId);
  }

  /** The film, or a stand-in that names the id, so that a foreign id never breaks the page. */
  film(filmId: string): Film {
    return (
      this.#byId.get(filmId) ?? { id: filmId, title: `Film ${filmId}`, alternativeTitles: [], year: null, genres: [] }
    );
  }
}
