import type { Film } from '../dataset/catalogue.ts';

export type { Film };

/** A title taken apart for lettering. */
export interface TitleParts {
  /** `Star Wars` */
  readonly main: string;
  /** What follows a colon or a dash: `Episode IV - A New Hope`; null where nothing does. */
  readonly subtitle: string | null;
}

/** Splits `Star Wars: Episode IV - A New Hope` into its main title and its subtitle. */
export function titleParts(title: string): TitleParts {
  const cut = /^(.{2,}?)(?::\s+|\s+[-–]\s+)(.+)$/u.exec(title);
  return cut ? { main: cut[1]!, subtitle: cut[2]! } : { main: title, subtitle: null };
}

/** All films of the page by id, in the order of the model's rows. */
export class FilmCatalogue {
  readonly #byId: ReadonlyMap<string, Film>;

  constructor(readonly films: readonly Film[]) {
    this.#byId = new Map(films.map((film) => [film.id, film]));
  }

  /** The film, or undefined where the model or an imported history knows one that the catalogue does not. */
  find(id: string): Film | undefined {
    return this.#byId.get(id);
  }

  /** The film, or a stand-in that names the id, so that a foreign id never breaks the page. */
  film(id: string): Film {
    return this.#byId.get(id) ?? { id, title: `Film ${id}`, alternativeTitles: [], year: null, genres: [] };
  }
}
