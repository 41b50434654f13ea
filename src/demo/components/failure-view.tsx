import type { JSX } from 'preact';
import type { Failure } from '../state/failure.ts';

/** A failure that keeps the page from starting: what, why, and the ways out. */
export function FailureView({ failure }: { readonly failure: Failure }): JSX.Element {
  return (
    <section class="failure" role="alert" data-testid="failure">
      <h1>{failure.title}</h1>
      <p>{failure.advice}</p>
      <p class="failure-detail">{failure.detail}</p>
      <div class="button-line">
        {failure.waysOut.map(({ label, query }, index) =>
          query === null ? (
            <button
              key={label}
              type="button"
              class={index === 0 ? 'main-button' : 'small-button'}
              onClick={() => location.reload()}
            >
              {label}
            </button>
          ) : (
            <a key={label} class={index === 0 ? 'main-button' : 'small-button'} href={query}>
              {label}
            </a>
          ),
        )}
      </div>
    </section>
  );
}
