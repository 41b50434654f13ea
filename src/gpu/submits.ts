import { CommandBatch } from './command-batch.ts';
import type { GpuDevice } from './device.ts';
import type { SubmitClock } from './submit-clock.ts';

/** Commands in as many submits as `clock` cuts them into. */
export class Submits {
  readonly clock: SubmitClock;
  readonly #gpu: GpuDevice;
  readonly #label: string;
  #commands: CommandBatch;

  constructor(gpu: GpuDevice, { label, clock }: { readonly label: string; readonly clock: SubmitClock }) {
    this.clock = clock;
    this.#gpu = gpu;
    this.#label = label;
    this.#commands = new CommandBatch(gpu, label);
  }

  /** What takes the next commands; another one after a cut. */
  get commands(): CommandBatch {
    return this.#commands;
  }

  /** Submits what there is, if it is enough for one submit. */
  cut(): void {
    if (!this.clock.isFull) return;
    this.submit();
    this.#commands = new CommandBatch(this.#gpu, this.#label);
  }

  /** Submits what there is. */
  submit(): void {
    this.#commands.submit();
    this.clock.submitted();
  }
}
