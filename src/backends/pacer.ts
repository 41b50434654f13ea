/** How long work may hold the thread before it lets messages, aborts and frames through, in milliseconds. */
const sliceMs = 10;

/**
 * Keeps long work on one thread polite: `await pacer.breathe()` often; it lets one macrotask through whenever the
 * slice is used up, and costs a clock reading otherwise.
 */
export class Pacer {
  #sliceStart = performance.now();

  /** True where the slice is used up; then await `yield`. Split so that hot loops await only when they must. */
  get isDue(): boolean {
    return performance.now() - this.#sliceStart >= sliceMs;
  }

  /** Lets one macrotask through: messages and timers run, then the work goes on. */
  async yield(): Promise<void> {
    await macrotask();
    this.#sliceStart = performance.now();
  }

  /** Yields where the slice is used up. */
  async breathe(): Promise<void> {
    if (this.isDue) await this.yield();
  }
}

/**
 * Resolves in a later macrotask. Not `setTimeout`: browsers hold nested timers back by 4 ms, which would cost a third
 * of the time at this slice.
 */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}
