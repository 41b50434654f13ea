import { DisposedError } from '../errors.ts';

/** Runs the calls of one table one after another, because they share memory, and frees the table after the last one. */
export class CallQueue {
  readonly #owner: string;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** @param owner what `close` disposes of, as errors name it: "item table" */
  constructor(owner: string) {
    this.#owner = owner;
  }

  /**
   * Runs `work` once all earlier calls have ended, whether they resolved or rejected.
   *
   * @throws {DisposedError} the queue is closed
   */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new DisposedError(`This ${this.#owner} was disposed of; open a new one.`);
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Rejects later calls; runs `release` once all earlier ones have ended. Closing again does nothing. */
  close(release: () => void = () => {}): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    void this.#last.then(release);
  }
}
