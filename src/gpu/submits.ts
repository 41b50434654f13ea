import { CommandBatch } from './command-batch.ts';
import type { GpuDevice } from './device.ts';
import type { SubmitClock } from './submit-clock.ts';

/** Splits a sequence of commands into submits whose size `clock` decides. */
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

  /** The batch for the next commands. `cut` may replace it. */
  get commands(): CommandBatch {
    return this.#commands;
  }

  /** Submits the pending commands once there are enough for one submit. */
  cut(): void {
    if (!this.clock.isFull) return;
    this.submit();
    this.#commands = new CommandBatch(this.#gpu, this.#label);
  }

  /** Submits the pending commands, the last of the sequence. */
  submit(): void {
    this.#commands.submit();
    this.clock.submitted();
  }
}
