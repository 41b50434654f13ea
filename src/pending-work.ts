/** Work under way that one event can end: a lost device, a dead worker, a dispose. */
export class PendingWork {
  #end: Error | null = null;
  readonly #waiting = new Set<(reason: Error) => void>();

  /** What ended it; null as long as nothing has. */
  get end(): Error | null {
    return this.#end;
  }

  /** Rejects what is under way and all that comes later. Only the first reason counts. */
  endWith(reason: Error): void {
    this.#end ??= reason;
    for (const reject of this.#waiting) reject(this.#end);
    this.#waiting.clear();
  }

  /** `work`, or a rejection as soon as there is an end: `work` itself may never settle then. */
  orEnd<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      if (this.#end) reject(this.#end);
      void work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }
}
