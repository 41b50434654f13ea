/**
 * The demo page. It uses the SDK (`../index.ts`) and the data set reader, nothing else of the project.
 *
 * Hooks for end-to-end tests and benchmarks; they do not change lightly:
 *
 * - `document.documentElement.dataset.state`: `loading`, then `picker` (nothing is known of the visitor), `ready`
 *   (rows on screen) or `error` (`data-testid="failure"` says what and offers ways out).
 * - `performance.mark('rows-visible')` once, when the picker or the rows are in the document.
 * - `performance.measure('action')` for every change by the visitor: from the press to the changed rows in the
 *   document, the IndexedDB write included; `detail.name` is `pick`, `rate`, `like`, `dislike`, `not-interested`,
 *   `dont-use`, `forget-film`, `forget-all`, `import` or `undo`.
 * - `?backend=webgpu|cpu|auto` forces a back end; `?storage=memory` keeps nothing, `?storage=database` is the usual. What
 *   else the address asks for is told in a `toast`.
 * - data-testid, picker: `picker`, `picker-film` (`aria-pressed`), `picker-continue`; a picked film shows `stars`.
 * - data-testid, search: `search` (one on the page), `search-result` (in the picker a press picks it, with rows on
 *   screen it opens `film-dialog`).
 * - data-testid, rows: `row` (`data-row-kind` = `top`, `because`, `outside`, `popular`), `film-card`
 *   (`data-item-id`); within a card `stars` (a slider; `rate-1` … `rate-5` are its stars, a press in the middle of one
 *   gives that many), `like`, `dislike`, `not-interested`, `why`.
 * - data-testid, why: `why-dialog`, `why-item` (`data-item-id`, `data-contribution`), `dont-use-this`.
 * - data-testid, messages: `toast`, `undo`, `status` (aria-live; one in the document at a time).
 * - data-testid, history: `open-history`, `history-panel`, `export`, `import` (a file input), `forget-all`, then
 *   `forget-dialog` with `forget-confirm`.
 * - data-testid, training: `open-train`, `train-panel`, `train-start`, `train-cancel`, `train-progress`,
 *   `train-done`, `train-shipped` (back to the shipped model).
 * - data-testid, inspector: `open-inspector`, `inspector`, `inspector-backend`, `inspector-reason`,
 *   `inspector-adapter`, `bytes-sent`, `compare-now`,
 *   `compare-result` (a row each with `data-backend`, `data-agrees`).
 */
import { render } from 'preact';
import { createRecommender } from '../index.ts';
import { App } from './components/app.tsx';
import { FailureView } from './components/failure-view.tsx';
import { FilmLibrary } from './film-library.ts';
import { watchOffOriginTraffic } from './off-origin-traffic.ts';
import { readPageQuery } from './page-query.ts';
import { registerServiceWorker } from './register-service-worker.ts';
import { describeFailure } from './state/failure.ts';
import { PageContext } from './state/page-context.ts';
import { PageModel } from './state/page-model.ts';

const root = document.querySelector('#app')!;
const base = new URL('./', document.baseURI);

async function start(): Promise<void> {
  watchOffOriginTraffic();
  const { backend, storage, problem } = readPageQuery(location.search);
  // Until there is a page to show them on.
  const notices: string[] = problem === null ? [] : [problem];
  let tell = (notice: string): void => void notices.push(notice);
  const library = new FilmLibrary(new URL('datasets/movielens-small/', base));
  const [catalogue, recommender] = await Promise.all([
    library.catalogue(),
    createRecommender({
      model: new URL('models/movielens-small/', base).href,
      backend,
      ...(storage === 'memory' && { database: null }),
      onNotice: (notice) => tell(notice),
    }),
  ]);
  const page = new PageModel(recommender, catalogue, library);
  const stop = page.phase.subscribe((phase) => {
    if (phase === 'loading') return;
    // The skeleton stays until there is something to put in its place.
    root.replaceChildren();
    render(
      <PageContext.Provider value={page}>
        <App />
      </PageContext.Provider>,
      root,
    );
    queueMicrotask(() => stop());
  });
  await page.start();
  tell = (notice) => page.toasts.show(notice, { tone: 'problem' });
  // In one message, because the page shows one at a time.
  if (notices.length > 0) tell(notices.join(' '));
  registerServiceWorker(base);
}

start().catch((error: unknown) => {
  document.documentElement.dataset['state'] = 'error';
  root.replaceChildren();
  render(
    <main class="failure-page">
      <FailureView failure={describeFailure(error)} />
    </main>,
    root,
  );
});
