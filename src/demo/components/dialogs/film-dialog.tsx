import type { JSX } from 'preact';
import { FilmCover } from '../../../covers/film-cover.tsx';
import { usePage } from '../../state/page-context.ts';
import { FilmControls } from '../films/film-controls.tsx';
import { useAnswer } from '../use-answer.ts';

const similarCount = 8;

/** One film: its facts, everything that one can say of it, and the films that are like it. */
export function FilmDialog({ filmId }: { readonly filmId: string }): JSX.Element {
  const page = usePage();
  const film = page.catalogue.film(filmId);
  const said = page.preferences.value.get(filmId);
  const item = page.rows.value.flatMap(({ items }) => items).find(({ itemId }) => itemId === filmId);
  const { value: similar, problem } = useAnswer(
    () => page.recommender.similarItems(filmId, { count: similarCount }),
    [filmId],
  );

  return (
    <>
      <div class="film-head">
        <span class="film-cover">
          <FilmCover film={film} />
        </span>
        <div class="film-facts">
          <p class="film-line">{[film.year, ...film.genres].filter((fact) => fact !== null).join(' · ')}</p>
          {film.alternativeTitles.length > 0 && <p class="muted">Also known as {film.alternativeTitles.join(', ')}</p>}
          {item?.source === 'model' && <p class="film-match">{Math.round(item.match * 100)}% match</p>}
          {said && (
            <p class="muted">
              {said.stars !== null
                ? `You gave it ${said.stars} ${said.stars === 1 ? 'star' : 'stars'}.`
                : said.strength > 0
                  ? 'You liked it.'
                  : said.strength < 0
                    ? 'You do not want it.'
                    : 'Seen, and not used.'}{' '}
              <button type="button" class="link-button" onClick={() => void page.forgetFilm(filmId)}>
                Forget that
              </button>
            </p>
          )}
          <FilmControls film={film} isLabelled canExplain={page.usedCount.value > 0} />
        </div>
      </div>
      <h3 class="similar-title">Films like it</h3>
      {problem !== null ? (
        <p class="notice">Similar films could not be found: {problem}</p>
      ) : (
        <ul class="similar-grid">
          {similar
            ? similar.map(({ itemId, similarity }) => (
                <li key={itemId}>
                  <button
                    type="button"
                    class="similar-film"
                    aria-label={`About ${page.titleOf(itemId)}`}
                    onClick={() => page.dialogs.replace({ kind: 'film', filmId: itemId })}
                  >
                    <FilmCover film={page.catalogue.film(itemId)} />
                    <span class="similar-name">{page.titleOf(itemId)}</span>
                    <span class="muted">{Math.round(similarity * 100)}% alike</span>
                  </button>
                </li>
              ))
            : Array.from({ length: similarCount }, (_, index) => (
                <li key={index} aria-hidden="true">
                  <span class="skeleton-cover" />
                  <span class="similar-name"> </span>
                  <span class="muted"> </span>
                </li>
              ))}
        </ul>
      )}
    </>
  );
}
