import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { FilmCover } from '../../../covers/film-cover.tsx';
import type { Film } from '../../film.ts';
import { usePage } from '../../state/page-context.ts';
import { Icon } from '../icon.tsx';
import { SearchBox } from '../search/search-box.tsx';
import { StarSlider } from './star-slider.tsx';
import { useFilmSearch } from '../search/use-film-search.ts';

/** Films that must be known before the rows say something. */
const neededCount = 5;

/** Films drawn in one task; the rest follow in tasks of their own, below the fold. */
const firstFilms = 16;

/** The first visit: tap films that one knows, with stars if one likes. */
export function Picker(): JSX.Element {
  const page = usePage();
  const [picks, setPicks] = useState<ReadonlyMap<string, number | null>>(new Map());
  const [query, setQuery] = useState('');
  const [isBusy, setBusy] = useState(false);
  const root = useRef<HTMLElement>(null);
  const found = useFilmSearch(page.library, query, 24);
  // What was picked by search stays in sight among the starters.
  const starters = page.starterIds.value;
  const shown = found
    ? found.filmIds
    : [...[...picks.keys()].filter((filmId) => !starters.includes(filmId)), ...starters];
  const [drawnCount, setDrawnCount] = useState(firstFilms);
  useEffect(() => {
    if (drawnCount >= shown.length) return undefined;
    const timer = setTimeout(() => setDrawnCount(drawnCount + firstFilms), 0);
    return () => clearTimeout(timer);
  }, [drawnCount, shown.length]);
  const missing = neededCount - picks.size;

  const toggle = (filmId: string) => {
    const next = new Map(picks);
    if (!next.delete(filmId)) next.set(filmId, null);
    setPicks(next);
  };
  const finish = async () => {
    setBusy(true);
    await page.finishPicking(picks);
    setBusy(false);
    scrollTo({ top: 0 });
  };
  const films = () => [...(root.current?.querySelectorAll<HTMLElement>('.pick-cover') ?? [])];

  return (
    <section class="picker" data-testid="picker" ref={root} aria-labelledby="picker-title">
      <div class="picker-head">
        <h1 id="picker-title">Which of these have you seen and liked?</h1>
        <p>
          Tap at least five. Your own browser works out what you may like next; nothing that you say here leaves this
          device.
        </p>
        <SearchBox
          query={query}
          onQuery={setQuery}
          onEnterResults={() => films()[0]?.focus()}
          placeholder="Or find one that you love"
        />
        <p class="visually-hidden" role="status">
          {found && `${found.filmIds.length === 0 ? 'No' : found.filmIds.length} films found`}
        </p>
      </div>
      {found?.filmIds.length === 0 && (
        <p class="picker-empty">
          Nothing here sounds like <strong>{found.query}</strong>. Try a part of the title or the year.
        </p>
      )}
      <ul class="picker-grid">
        {shown.slice(0, drawnCount).map((filmId) => (
          <PickerFilm
            key={filmId}
            film={page.catalogue.film(filmId)}
            isFound={found !== null}
            isPicked={picks.has(filmId)}
            stars={picks.get(filmId) ?? null}
            onToggle={() => toggle(filmId)}
            onRate={(stars) => setPicks(new Map(picks).set(filmId, stars))}
          />
        ))}
      </ul>
      <div class="picker-bar">
        <div class="picker-bar-inner">
          <p class="picker-count" role="status">
            <span class="picker-dots" aria-hidden="true">
              {Array.from({ length: neededCount }, (_, index) => (
                <span key={index} class={index < picks.size ? 'dot dot-on' : 'dot'} />
              ))}
            </span>
            {missing > 0 ? `${picks.size} of ${neededCount}` : `${picks.size} films picked`}
          </p>
          <button type="button" class="text-button" onClick={() => void page.skipPicking()}>
            Just look around
          </button>
          <button
            type="button"
            class="main-button"
            data-testid="picker-continue"
            disabled={missing > 0 || isBusy}
            onClick={() => void finish()}
          >
            Show my films
          </button>
        </div>
      </div>
    </section>
  );
}

interface PickerFilmProps {
  readonly film: Film;
  readonly isFound: boolean;
  readonly isPicked: boolean;
  readonly stars: number | null;
  readonly onToggle: () => void;
  readonly onRate: (stars: number) => void;
}

function PickerFilm({ film, isFound, isPicked, stars, onToggle, onRate }: PickerFilmProps): JSX.Element {
  return (
    <li class={isPicked ? 'pick pick-on' : 'pick'} data-item-id={film.id}>
      <button
        type="button"
        class="pick-cover"
        data-testid={isFound ? 'search-result' : 'picker-film'}
        data-item-id={film.id}
        aria-pressed={isPicked}
        aria-label={film.year === null ? film.title : `${film.title}, ${film.year}`}
        onClick={onToggle}
      >
        <FilmCover film={film} />
        <span class="pick-mark" aria-hidden="true">
          <Icon name="check" />
        </span>
      </button>
      <p class="pick-title" title={film.title}>
        {film.title}
      </p>
      {isPicked ? (
        <StarSlider title={film.title} stars={stars} onRate={onRate} />
      ) : (
        <p class="pick-facts">{film.year}</p>
      )}
    </li>
  );
}
