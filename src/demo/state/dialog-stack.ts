import { signal } from '@preact/signals';

/** What can be open above the page. */
export type DialogContent =
  | { readonly kind: 'film'; readonly filmId: string }
  | { readonly kind: 'why'; readonly filmId: string }
  | { readonly kind: 'history' | 'train' | 'inspector' | 'forget' };

/** Dialogs from the lowest to the topmost. */
export class DialogStack {
  readonly open = signal<readonly (DialogContent & { readonly key: number })[]>([]);
  #key = 0;

  push(content: DialogContent): void {
    this.open.value = [...this.open.value, { ...content, key: ++this.#key }];
  }

  /** Shows another film in the topmost dialog. */
  replace(content: DialogContent): void {
    this.open.value = [...this.open.value.slice(0, -1), { ...content, key: ++this.#key }];
  }

  close(key: number): void {
    this.open.value = this.open.value.filter((dialog) => dialog.key !== key);
  }

  closeAll(): void {
    this.open.value = [];
  }
}
