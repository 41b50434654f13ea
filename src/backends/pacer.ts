/** How long work may hold the thread before it lets messages, aborts and frames through, in milliseconds. */
const sliceMs = 10;

/**
 * Cuts long work on one thread into slices, between which messages, timers and frames have their turn:
 *
 *     if (pacer.isDue) await pacer.yield();
 *
 * between two pieces of work of a millisecond or so. Two steps, because an `await` costs more than reading the clock.
 */
export class Pacer {
  #sliceStart = performance.now();

  /** Whether this slice has lasted long enough. */
  get isDue(): boolean {
    return performance.now() - this.#sliceStart >= sliceMs;
  }

  /** Resolves after others had their turn; a new slice begins then. */
  async yield(): Promise<void> {
    await macrotask();
    this.#sliceStart = performance.now();
  }
}

/** Resolves in a later macrotask. `setTimeout` would take a third of the time: browsers hold nested timers back by 4 ms. */
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
