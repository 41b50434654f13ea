import type { JSX } from 'preact';
import { usePage } from '../state/page-context.ts';
import { Icon } from './icon.tsx';

/**
 * The message at the foot of the page, or of the topmost dialog: what lies below a modal dialog can be neither
 * pressed nor heard.
 */
export function ToastHost(): JSX.Element {
  const { toasts } = usePage();
  const toast = toasts.current.value;
  return (
    <section class="toast-host" aria-label="Messages">
      <p class="visually-hidden" role="status" aria-live="polite" data-testid="status">
        {toast?.text}
      </p>
      {toast && (
        <div
          key={toast.number}
          class={`toast toast-${toast.tone}`}
          data-testid="toast"
          onPointerEnter={() => toasts.hold()}
          onPointerLeave={() => toasts.release()}
          onFocusIn={() => toasts.hold()}
          onFocusOut={() => toasts.release()}
        >
          <span class="toast-text">{toast.text}</span>
          {toast.undo && (
            <button type="button" class="toast-button" data-testid="undo" onClick={toast.undo}>
              Undo
            </button>
          )}
          <button type="button" class="toast-close" aria-label="Dismiss the message" onClick={() => toasts.dismiss()}>
            <Icon name="close" />
          </button>
        </div>
      )}
    </section>
  );
}
