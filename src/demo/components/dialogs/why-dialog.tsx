import type { JSX } from 'preact';
import { FilmCover } from '../../../covers/film-cover.tsx';
import { usePage } from '../../state/page-context.ts';
import { useAnswer } from '../use-answer.ts';

/** The exact contributions of the visitor's films to one film's score, as bars, each with a way to switch it off. */
export function WhyDialog({ filmId }: { readonly filmId: string }): JSX.Element {
  const page = usePage();
  const revision = page.revision.value;
  const film = page.catalogue.film(filmId);
  const { value: explanation, problem } = useAnswer(() => page.recommender.explain(filmId), [filmId, revision]);

  if (problem !== null) return <p class="notice">This film cannot be explained: {problem}</p>;
  if (!explanation) return <p class="dialog-waiting">Taking the score apart …</p>;
  const { contributions, score, baseline } = explanation;
  const largest = Math.max(...contributions.map(({ contribution }) => Math.abs(contribution)), Number.MIN_VALUE);

  return (
    <>
      <div class="why-head">
        <span class="why-cover">
          <FilmCover film={film} />
        </span>
        <div>
          <p class="why-film">{film.title}</p>
          <p class="muted">
            {contributions.length === 0
              ? 'None of your films is in use, so nothing speaks for or against it.'
              : 'What each of your films adds to this score, or takes from it. The parts sum to the score exactly.'}
          </p>
        </div>
      </div>
      <ol class="why-list">
        {contributions.map(({ itemId, contribution, scoreWithout }) => (
          <li
            key={itemId}
            class="why-item"
            data-testid="why-item"
            data-item-id={itemId}
            data-contribution={contribution}
          >
            <span class="why-name">{page.titleOf(itemId)}</span>
            <span class="why-value">{signed(contribution)}</span>
            <span class="why-track" aria-hidden="true">
              <span
                class={contribution < 0 ? 'why-bar why-bar-against' : 'why-bar'}
                style={{ '--length': `${(Math.abs(contribution) / largest) * 50}%` }}
              />
            </span>
            <span class="why-without">Without it: {scoreWithout.toFixed(3)}</span>
            <button
              type="button"
              class="small-button"
              data-testid="dont-use-this"
              aria-label={`Don’t use ${page.titleOf(itemId)}`}
              onClick={() => void page.dontUse(itemId)}
            >
              Don’t use this
            </button>
          </li>
        ))}
      </ol>
      <dl class="why-sum">
        {baseline !== 0 && (
          <div>
            <dt>Starting point</dt>
            <dd>{baseline.toFixed(3)}</dd>
          </div>
        )}
        <div>
          <dt>Sum of the parts</dt>
          <dd>{(baseline + contributions.reduce((sum, { contribution }) => sum + contribution, 0)).toFixed(3)}</dd>
        </div>
        <div>
          <dt>Score</dt>
          <dd>{score.toFixed(3)}</dd>
        </div>
      </dl>
    </>
  );
}

/** `+0.123`, `−0.045`. */
function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}
