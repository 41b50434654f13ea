import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { RecommendedItem } from '../../../index.ts';
import { FilmCover } from '../../../covers/film-cover.tsx';
import { usePage } from '../../state/page-context.ts';
import { FilmControls } from './film-controls.tsx';

interface FilmCardProps {
  readonly item: RecommendedItem;
  /** Whether the tab key stops here; arrows reach the other cards of the row. */
  readonly isTabStop: boolean;
  /** The first pick, shown wide, with its reasons in words. */
  readonly isFeatured: boolean;
}

/** A film in a row. */
export function FilmCard({ item, isTabStop, isFeatured }: FilmCardProps): JSX.Element {
  const page = usePage();
  const film = page.catalogue.film(item.itemId);
  const cover = useMemo(() => <FilmCover film={film} />, [film]);
  const tabIndex = isTabStop ? 0 : -1;
  const isScored = item.source === 'model';
  const controls = useMemo(
    () => <FilmControls film={film} tabIndex={tabIndex} canExplain={isScored} isLabelled={isFeatured} />,
    [film, tabIndex, isScored, isFeatured],
  );
  const match = isScored && !isFeatured ? `${Math.round(item.match * 100)}% match` : null;
  const reasons = item.reasons.filter(({ contribution }) => contribution > 0).map(({ itemId }) => page.titleOf(itemId));

  return (
    <li
      class={isFeatured ? 'film-card film-card-featured' : 'film-card'}
      data-testid="film-card"
      data-item-id={film.id}
    >
      <button
        type="button"
        class="card-cover"
        data-control="open"
        tabIndex={tabIndex}
        aria-label={`About ${film.title}`}
        onClick={() => page.dialogs.push({ kind: 'film', filmId: film.id })}
      >
        {cover}
      </button>
      <div class="card-body">
        {isFeatured && <p class="card-kicker">Your best match</p>}
        <h3 class="card-title" title={film.title}>
          {film.title}
        </h3>
        <p class="card-facts">
          {film.year !== null && <span>{film.year}</span>}
          {match && <span class="card-match">{match}</span>}
        </p>
        {isFeatured && (
          <>
            <p class="card-genres">{film.genres.join(' · ')}</p>
            {reasons.length > 0 && <p class="card-reason">Because of {listInWords(reasons)}</p>}
          </>
        )}
        {controls}
      </div>
    </li>
  );
}

/** `A`, `A and B`, `A, B and C`. */
export function listInWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
