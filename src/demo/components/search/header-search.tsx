import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { FilmCover } from '../../../covers/film-cover.tsx';
import { usePage } from '../../state/page-context.ts';
import { SearchBox } from './search-box.tsx';
import { useFilmSearch } from './use-film-search.ts';

const resultCount = 10;

/** Search over all films, in the page's head: results open the film's own page, where it can be rated. */
export function HeaderSearch(): JSX.Element {
  const page = usePage();
  const [query, setQuery] = useState('');
  const found = useFilmSearch(page.library, query, resultCount);
  const root = useRef<HTMLDivElement>(null);
  const preferences = page.preferences.value;

  const results = () => [...(root.current?.querySelectorAll<HTMLElement>('.result') ?? [])];
  const field = () => root.current?.querySelector('input');

  useEffect(() => {
    if (!found) return undefined;
    const closeOutside = (event: PointerEvent) => {
      if (!(event.target instanceof Node) || root.current?.contains(event.target)) return;
      if (event.target instanceof Element && event.target.closest('dialog')) return;
      setQuery('');
    };
    document.addEventListener('pointerdown', closeOutside);
    return () => document.removeEventListener('pointerdown', closeOutside);
  }, [found !== null]);

  const onResultKey = (event: TargetedKeyboardEvent<HTMLElement>, index: number) => {
    if (event.key === 'ArrowDown') results()[index + 1]?.focus();
    else if (event.key === 'ArrowUp') (results()[index - 1] ?? field())?.focus();
    else if (event.key === 'Escape') {
      setQuery('');
      field()?.focus();
    } else return;
    event.preventDefault();
  };

  return (
    <div class="header-search" ref={root}>
      <SearchBox
        query={query}
        onQuery={setQuery}
        onEnterResults={() => results()[0]?.focus()}
        placeholder="Find a film"
      />
      <p class="visually-hidden" role="status">
        {found && `${found.filmIds.length === 0 ? 'No' : found.filmIds.length} films found`}
      </p>
      {found && (
        <div class="results">
          {found.filmIds.length === 0 ? (
            <p class="results-empty">
              Nothing here sounds like <strong>{found.query}</strong>. Try a part of the title or the year.
            </p>
          ) : (
            <ul aria-label="Films found">
              {found.filmIds.map((filmId, index) => {
                const film = page.catalogue.film(filmId);
                const said = preferences.get(filmId);
                return (
                  <li key={filmId}>
                    <button
                      type="button"
                      class="result"
                      data-testid="search-result"
                      data-item-id={filmId}
                      onClick={() => page.dialogs.push({ kind: 'film', filmId })}
                      onKeyDown={(event) => onResultKey(event, index)}
                    >
                      <span class="result-cover">
                        <FilmCover film={film} />
                      </span>
                      <span class="result-text">
                        <span class="result-title">{film.title}</span>
                        <span class="result-facts">
                          {[film.year, ...film.genres.slice(0, 3)].filter((fact) => fact !== null).join(' · ')}
                        </span>
                      </span>
                      {said && (
                        <span class="result-said">{said.stars === null ? 'In your history' : `★ ${said.stars}`}</span>
                      )}
                    </button>
                  </li>
                );
              })}
            </ul>
          )}
        </div>
      )}
    </div>
  );
}
