import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { InteractionHistory, Preference } from '../../../index.ts';
import { FilmCover } from '../../../covers/film-cover.tsx';
import { usePage } from '../../state/page-context.ts';
import { Icon } from '../icon.tsx';
import { StarSlider } from '../films/star-slider.tsx';

/** Everything that the visitor said, newest first: to change, delete, take along and bring back. */
export function HistoryPanel(): JSX.Element {
  const page = usePage();
  const file = useRef<HTMLInputElement>(null);
  const preferences = page.preferences.value;
  const newestFirst = useMemo(() => [...preferences.values()].toReversed(), [preferences]);

  const importFile = async (input: HTMLInputElement) => {
    const text = await input.files?.[0]?.text();
    input.value = '';
    if (text !== undefined) await page.importHistory(text);
  };

  return (
    <>
      <p class="storage-line">
        <Icon name="lock" />
        <span>{storageInWords(page.recommender.history)}</span>
      </p>
      <div class="button-line">
        <button
          type="button"
          class="small-button"
          data-testid="export"
          disabled={newestFirst.length === 0}
          onClick={() => downloadHistory(page.recommender.history)}
        >
          Export
        </button>
        <button type="button" class="small-button" onClick={() => file.current?.click()}>
          Import
        </button>
        <input
          ref={file}
          type="file"
          class="visually-hidden"
          data-testid="import"
          tabIndex={-1}
          aria-label="History file to import"
          accept="application/json,.json"
          onChange={(event) => void importFile(event.currentTarget)}
        />
        <button
          type="button"
          class="small-button danger-button"
          data-testid="forget-all"
          disabled={newestFirst.length === 0}
          onClick={() => page.dialogs.push({ kind: 'forget' })}
        >
          Forget all
        </button>
      </div>
      {newestFirst.length === 0 ? (
        <div class="empty">
          <p class="empty-title">Nothing here yet</p>
          <p class="muted">
            Films that you rate, like or dislike appear here, and only here. You can also import a history that you
            exported before.
          </p>
        </div>
      ) : (
        <ul class="history-list" aria-label="Your films, newest first">
          {newestFirst.map((preference) => (
            <HistoryEntry key={preference.itemId} preference={preference} />
          ))}
        </ul>
      )}
    </>
  );
}

function HistoryEntry({ preference }: { readonly preference: Preference }): JSX.Element {
  const page = usePage();
  const { itemId, stars, strength, ts } = preference;
  const film = page.catalogue.film(itemId);
  const isKnown = page.catalogue.find(itemId) !== undefined;
  return (
    <li class="history-entry" data-item-id={itemId}>
      <button
        type="button"
        class="history-cover"
        aria-label={`About ${film.title}`}
        onClick={() => page.dialogs.push({ kind: 'film', filmId: itemId })}
      >
        <FilmCover film={film} />
      </button>
      <div class="history-text">
        <p class="history-title">{film.title}</p>
        <p class="muted">
          {isKnown ? said(stars, strength) : 'Not in this catalogue; kept'} ·{' '}
          <time dateTime={new Date(ts).toISOString()}>{new Date(ts).toLocaleDateString()}</time>
        </p>
        {isKnown && <StarSlider title={film.title} stars={stars} onRate={(value) => void page.rate(itemId, value)} />}
      </div>
      <button
        type="button"
        class="round-button"
        aria-label={`Delete ${film.title} from the history`}
        onClick={() => void page.forgetFilm(itemId)}
      >
        <Icon name="trash" />
      </button>
    </li>
  );
}

/** Asks before everything goes, and offers to take it along first. */
export function ForgetDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const page = usePage();
  return (
    <>
      <p>
        All {page.preferences.value.size} films that you spoke of are deleted from this device, and a model that was
        trained with them. This cannot be undone.
      </p>
      <p class="muted">An export can be imported again later.</p>
      <div class="button-line">
        <button type="button" class="small-button" onClick={() => downloadHistory(page.recommender.history)}>
          Export first
        </button>
        <button type="button" class="small-button" onClick={onClose}>
          Keep everything
        </button>
        <button
          type="button"
          class="main-button danger-button"
          data-testid="forget-confirm"
          onClick={() => {
            onClose();
            void page.forgetAll();
          }}
        >
          Forget all
        </button>
      </div>
    </>
  );
}

function downloadHistory(history: InteractionHistory): void {
  const url = URL.createObjectURL(new Blob([history.exportJson()], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'pocketrec-history.json';
  link.click();
  // The browser has taken the address over once the click has been handled.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function said(stars: number | null, strength: number): string {
  if (stars !== null) return `${stars} ${stars === 1 ? 'star' : 'stars'}`;
  if (strength > 0) return 'Liked';
  if (strength === 0) return 'Seen, not used';
  return strength <= -0.5 ? 'Disliked' : 'Not interested';
}

function storageInWords({ persistence, persistenceReason, persistenceGrant }: InteractionHistory): string {
  if (persistence === 'memory') return `Kept in memory only, until this tab closes. ${persistenceReason ?? ''}`;
  switch (persistenceGrant) {
    case 'granted':
      return 'Kept on this device for good: the browser promised not to clear it by itself.';
    case 'denied':
      return 'Kept on this device. The browser may clear it when space runs short; export what you want to be sure of.';
    case 'unasked':
      return 'Will be kept on this device, in this browser.';
    case 'unsupported':
      return 'Kept on this device. This browser does not say whether it may clear it by itself.';
    default:
      return persistenceGrant satisfies never;
  }
}
