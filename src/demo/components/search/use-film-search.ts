import type { FilmLibrary } from '../../film-library.ts';
import { useAnswer } from '../use-answer.ts';

/** What a search found. */
export interface FoundFilms {
  readonly query: string;
  readonly filmIds: readonly string[];
}

/** The films that `query` means, or null for an empty query and until the first answer is there. */
export function useFilmSearch(library: FilmLibrary, query: string, count: number): FoundFilms | null {
  const isEmpty = query.trim() === '';
  const { value } = useAnswer(
    async (): Promise<FoundFilms | null> => (isEmpty ? null : { query, filmIds: await library.find(query, count) }),
    [library, query, count],
  );
  return isEmpty ? null : value;
}
