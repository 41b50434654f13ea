import { DisposedError } from '../errors.ts';

/** Runs the calls of one table in turn, because they share memory, and outlives the last one before it is disposed of. */
export class CallQueue {
  readonly #owner: string;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** @param owner what is disposed of by `close`, as an error names it: "item table" */
  constructor(owner: string) {
    this.#owner = owner;
  }

  /**
   * Runs `work` when all earlier calls have ended, however they ended.
   *
   * @throws {DisposedError} the queue was closed before
   */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new DisposedError(`This ${this.#owner} was disposed of; open a new one.`);
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Calls made so far still end, and then `release` runs; later ones are an error. Closing again does nothing. */
  close(release: () => void = () => {}): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    void this.#last.then(release);
  }
}
