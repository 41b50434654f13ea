import type { GpuDevice } from './device.ts';

/**
 * How long one submit should occupy the GPU, so that the page can draw in between. No drawing waits for a software
 * adapter, and an extra submit costs it more.
 */
const submitMsOf = (isSoftware: boolean): number => (isSoftware ? 32 : 8);

/** Work of one submit before the first measurement, in multiply-adds. */
const firstWork = (isSoftware: boolean): number => (isSoftware ? 5e7 : 2e9);

/**
 * Decides when enough work for one submit has been encoded, from how long earlier submits took. It never waits: the
 * queue reports when work is done. Work is counted in multiply-adds. The results do not depend on how work is split.
 */
export class SubmitClock {
  /** Work encoded since the last submit. */
  pending = 0;
  readonly #queue: Pick<GPUQueue, 'onSubmittedWorkDone'>;
  readonly #submitMs: number;
  #work: number;
  #inFlight = 0;
  /** When the queue became busy or was last measured, and the work it has done since. */
  #busySince = 0;
  #done = 0;

  constructor({ device, isSoftware }: Pick<GpuDevice, 'isSoftware'> & { readonly device: Pick<GPUDevice, 'queue'> }) {
    this.#queue = device.queue;
    this.#submitMs = submitMsOf(isSoftware);
    this.#work = firstWork(isSoftware);
  }

  get isFull(): boolean {
    return this.pending >= this.#work;
  }

  /** Call right after a submit: the pending work is now in flight. */
  submitted(): void {
    const work = this.pending;
    this.pending = 0;
    if (this.#inFlight++ === 0) {
      this.#busySince = performance.now();
      this.#done = 0;
    }
    const measure = (): void => {
      this.#inFlight--;
      this.#done += work;
      const elapsedMs = performance.now() - this.#busySince;
      // Browsers may report several submits at once: wait until their total time is long enough to give a speed.
      if (elapsedMs < this.#submitMs / 2) return;
      const wanted = (this.#done * this.#submitMs) / elapsedMs;
      this.#work = Math.min(4 * this.#work, Math.max(this.#work / 4, wanted));
      this.#busySince += elapsedMs;
      this.#done = 0;
    };
    // A lost device is reported by `GpuDevice.lost`.
    this.#queue.onSubmittedWorkDone().then(measure, () => {});
  }
}
