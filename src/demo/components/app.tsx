import type { JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { usePage } from '../state/page-context.ts';
import type { DialogContent } from '../state/dialog-stack.ts';
import { DialogFrame } from './dialogs/dialog-frame.tsx';
import { FailureView } from './failure-view.tsx';
import { FilmDialog } from './dialogs/film-dialog.tsx';
import { HeaderSearch } from './search/header-search.tsx';
import { ForgetDialog, HistoryPanel } from './panels/history-panel.tsx';
import { Icon } from './icon.tsx';
import { InspectorPanel } from './panels/inspector-panel.tsx';
import { Picker } from './films/picker.tsx';
import { RowsView } from './films/rows-view.tsx';
import { ToastHost } from './toast-host.tsx';
import { TrainPanel } from './panels/train-panel.tsx';
import { WhyDialog } from './dialogs/why-dialog.tsx';

/** The whole page below `<body>`. */
export function App(): JSX.Element {
  const page = usePage();
  const phase = page.phase.value;

  useLayoutEffect(() => {
    document.documentElement.dataset['state'] = phase;
    if (phase === 'picker' || phase === 'ready') markOnce('rows-visible');
  }, [phase]);

  return (
    <>
      <a class="skip-link" href="#content">
        Skip to the films
      </a>
      <header class="page-head">
        <a class="brand" href="./">
          <span class="brand-mark" aria-hidden="true" />
          Pocketrec
        </a>
        {phase === 'ready' && <HeaderSearch />}
        <nav class="page-nav" aria-label="Panels">
          <button
            type="button"
            class="nav-button"
            data-testid="open-history"
            onClick={() => page.dialogs.push({ kind: 'history' })}
          >
            <Icon name="history" />
            <span>History</span>
            {page.preferences.value.size > 0 && <span class="nav-count">{page.preferences.value.size}</span>}
          </button>
          <button
            type="button"
            class="nav-button nav-train"
            data-testid="open-train"
            onClick={() => page.dialogs.push({ kind: 'train' })}
          >
            <Icon name="train" />
            <span>
              {trainLabel(
                page.training.isBusy.value,
                page.training.reports.value.length,
                page.training.settings.value.epochs,
              )}
            </span>
          </button>
          <button
            type="button"
            class="nav-button"
            data-testid="open-inspector"
            onClick={() => page.dialogs.push({ kind: 'inspector' })}
          >
            <Icon name="inspect" />
            <span>Inspector</span>
          </button>
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        {phase === 'picker' && <Picker />}
        {phase === 'ready' && (
          <>
            <ReadyHead />
            <RowsView />
          </>
        )}
        {phase === 'error' && page.failure.value && <FailureView failure={page.failure.value} />}
      </main>
      <footer class="page-foot">
        <p>
          Everything is computed in this browser; nothing that you do here leaves it. Films and ratings:{' '}
          <a href="./datasets/movielens-small/LICENSE.txt">MovieLens latest-small by GroupLens</a>, not endorsed by it.
          Covers are drawn by this page.
        </p>
        <p class="keys">
          <kbd>/</kbd> search <kbd>←</kbd> <kbd>→</kbd> along a row <kbd>↑</kbd> <kbd>↓</kbd> between rows{' '}
          <kbd>Esc</kbd> close
        </p>
      </footer>
      {page.dialogs.open.value.length === 0 && <ToastHost />}
      <Dialogs />
    </>
  );
}

function ReadyHead(): JSX.Element {
  const page = usePage();
  const used = page.usedCount.value;
  return (
    <div class="ready-head">
      <h1>{used === 0 ? 'Films that many people love' : 'Films for you'}</h1>
      <p class="muted">
        {used === 0
          ? 'Rate or like a few and this page becomes yours.'
          : `Made from ${used} ${used === 1 ? 'film' : 'films'} you spoke of, on this device.`}
      </p>
    </div>
  );
}

function Dialogs(): JSX.Element {
  const page = usePage();
  const open = page.dialogs.open.value;
  return (
    <>
      {open.map((dialog, index) => {
        const close = () => page.dialogs.close(dialog.key);
        const { title, testId, shape } = frameOf(dialog, (filmId) => page.titleOf(filmId));
        return (
          <DialogFrame
            key={dialog.key}
            title={title}
            testId={testId}
            shape={shape}
            isTopmost={index === open.length - 1}
            onClose={close}
          >
            <DialogContents content={dialog} onClose={close} />
          </DialogFrame>
        );
      })}
    </>
  );
}

function frameOf(
  content: DialogContent,
  titleOf: (filmId: string) => string,
): { title: string; testId: string; shape: 'sheet' | 'card' } {
  switch (content.kind) {
    case 'film':
      return { title: titleOf(content.filmId), testId: 'film-dialog', shape: 'card' };
    case 'why':
      return { title: 'Why this?', testId: 'why-dialog', shape: 'card' };
    case 'history':
      return { title: 'Your history', testId: 'history-panel', shape: 'sheet' };
    case 'train':
      return { title: 'Train on this device', testId: 'train-panel', shape: 'sheet' };
    case 'inspector':
      return { title: 'Inspector', testId: 'inspector', shape: 'sheet' };
    case 'forget':
      return { title: 'Forget everything?', testId: 'forget-dialog', shape: 'card' };
    default:
      return content satisfies never;
  }
}

function DialogContents({
  content,
  onClose,
}: {
  readonly content: DialogContent;
  readonly onClose: () => void;
}): JSX.Element {
  switch (content.kind) {
    case 'film':
      return <FilmDialog filmId={content.filmId} />;
    case 'why':
      return <WhyDialog filmId={content.filmId} />;
    case 'history':
      return <HistoryPanel />;
    case 'train':
      return <TrainPanel />;
    case 'inspector':
      return <InspectorPanel />;
    case 'forget':
      return <ForgetDialog onClose={onClose} />;
    default:
      return content satisfies never;
  }
}

function trainLabel(isBusy: boolean, epoch: number, epochs: number): string {
  return isBusy ? `${Math.round((epoch / epochs) * 100)}%` : 'Train';
}

function markOnce(name: string): void {
  if (performance.getEntriesByName(name, 'mark').length === 0) performance.mark(name);
}
