import type { GpuDevice } from './device.ts';

/**
 * How long one submit should keep the GPU, so that the page's own drawing gets its turn in between. A software adapter
 * draws nothing that waits for it, and pays more for every cut.
 */
const submitMsOf = (isSoftware: boolean): number => (isSoftware ? 32 : 8);

/** What a submit holds before any was measured. */
const firstWork = (isSoftware: boolean): number => (isSoftware ? 5e7 : 2e9);

/**
 * Tells when enough work for one submit has been encoded, by how long the ones before took. Nothing waits for it: the
 * queue reports by itself. Work is in multiply-adds; the sums that the GPU makes do not depend on the cuts.
 */
export class SubmitClock {
  /** Encoded since the last submit. */
  pending = 0;
  readonly #queue: Pick<GPUQueue, 'onSubmittedWorkDone'>;
  readonly #submitMs: number;
  #work: number;
  #inFlight = 0;
  /** Since when the queue has been busy, or last measured, and what it has done since. */
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

  /** Right after a submit: what was pending is on its way. */
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
      // Submits may be reported together: only together do they tell how fast the GPU is.
      if (elapsedMs < this.#submitMs / 2) return;
      const wanted = (this.#done * this.#submitMs) / elapsedMs;
      this.#work = Math.min(4 * this.#work, Math.max(this.#work / 4, wanted));
      this.#busySince += elapsedMs;
      this.#done = 0;
    };
    // A device that is lost is told of elsewhere.
    this.#queue.onSubmittedWorkDone().then(measure, () => {});
  }
}
