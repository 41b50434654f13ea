import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { usePage } from '../../state/page-context.ts';
import { Icon } from '../icon.tsx';
import { ToastHost } from '../toast-host.tsx';

interface DialogFrameProps {
  readonly title: string;
  readonly testId: string;
  readonly isTopmost: boolean;
  /** `sheet`: at the side, full height; `card`: in the middle; both fill a phone's width. */
  readonly shape: 'sheet' | 'card';
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog with a heading and a way out. Escape and a press beside it close it; the focus goes back. */
export function DialogFrame({ title, testId, isTopmost, shape, onClose, children }: DialogFrameProps): JSX.Element {
  const page = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = `${testId}-title`;

  useLayoutEffect(() => {
    const opener = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    return () => {
      element?.close();
      // The opener may have left the page with its card.
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
      else document.querySelector<HTMLElement>('.row-list [tabindex="0"], main')?.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => page.toasts.release(), []);

  return (
    <dialog
      ref={dialog}
      class={`dialog dialog-${shape}`}
      data-testid={testId}
      aria-labelledby={titleId}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div class="dialog-inside">
        <div class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="round-button" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        <div class="dialog-body">{children}</div>
      </div>
      {isTopmost && <ToastHost />}
    </dialog>
  );
}
