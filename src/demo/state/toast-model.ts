import { signal } from '@preact/signals';

export interface Toast {
  /** Counts up, so that the same words twice are announced twice. */
  readonly number: number;
  readonly text: string;
  readonly tone: 'done' | 'problem';
  readonly undo: (() => void) | null;
}

/** How long a message stays; it also stays while the pointer or the focus is on it. */
const shownMs = 8_000;

/** The one message at the foot of the page, which is also what a screen reader is told. */
export class ToastModel {
  readonly current = signal<Toast | null>(null);
  #number = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(text: string, { tone = 'done', undo = null }: Partial<Pick<Toast, 'tone' | 'undo'>> = {}): void {
    this.current.value = { number: ++this.#number, text, tone, undo };
    this.release();
  }

  /** Keeps the message while somebody is about to use it. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  /** Starts the time again. A problem stays until it is dismissed. */
  release(): void {
    clearTimeout(this.#timer);
    if (this.current.value?.tone === 'problem') return;
    this.#timer = setTimeout(() => this.dismiss(), shownMs);
  }

  dismiss(): void {
    clearTimeout(this.#timer);
    this.current.value = null;
  }
}
