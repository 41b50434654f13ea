/** Milliseconds for which work may occupy the thread before messages, aborts and frames get their turn. */
const sliceMs = 10;

/**
 * Cuts long work on one thread into slices, between which messages, timers and frames get their turn. Callers write
 *
 *     if (pacer.isDue) await pacer.yield();
 *
 * between pieces of work of about a millisecond. The check is separate because an `await` costs more than reading the
 * clock.
 */
export class Pacer {
  #sliceStart = performance.now();

  /** Whether this slice has lasted long enough. */
  get isDue(): boolean {
    return performance.now() - this.#sliceStart >= sliceMs;
  }

  /** Resolves after pending messages and timers had their turn, and begins a new slice. */
  async yield(): Promise<void> {
    await macrotask();
    this.#sliceStart = performance.now();
  }
}

/**
 * Resolves in a later macrotask. `setTimeout` would waste a third of the time: browsers delay nested timers by 4 ms.
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
