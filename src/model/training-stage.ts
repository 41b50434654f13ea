import type { AlsProblem, Backend, SolveOptions, TrainingRun } from '../backends/backend.ts';
import { isLost, orLost } from '../backends/device-loss.ts';
import { DeviceLostError, GpuLimitError, messageOf, RecommenderError } from '../errors.ts';

/** Options of `AlsTrainer.run`: where and until when it computes. */
export interface TrainOptions {
  readonly backend: Backend;
  /**
   * Continues the run if `backend` is a GPU that is lost, is too small, or returns numbers that are not finite. Without
   * it such a failure ends the run.
   */
  readonly fallback?: Backend | undefined;
  /** Opens a new device after a loss; called at most once per run. Without it, or if it fails, `fallback` continues. */
  readonly reopen?: ((lost: Backend, reason: string) => Promise<Backend>) | undefined;
  /** Aborting ends the run with its reason; the model of the last report remains. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds of training that a lost device may cost. Factors are copied to the host after the first epoch, and
   * then after every epoch that ends at least this long after the last copy. Default 1000.
   */
  readonly checkpointMs?: number | undefined;
}

/** Factors on the host, and the number of epochs that they were trained for. */
export interface Checkpoint {
  readonly epoch: number;
  readonly userFactors: Float32Array;
  readonly itemFactors: Float32Array;
}

/** The factors are not finite: regularization is too small, or a GPU computes wrongly. */
export class DivergedError extends RecommenderError {}

/** Failures after which training can continue on another back end, and how a report describes them. */
const failures = {
  lost: (detail: string) => `GPU device lost (${detail})`,
  limit: (detail: string) => `The training does not fit the GPU (${detail})`,
  diverged: () => 'The GPU answered with numbers that are not finite',
};

/** The back end that training currently uses, the run that is open on it, and the alternatives. */
export class TrainingStage {
  backend: Backend;
  /** The number of epochs that the open run's factors were trained for. */
  epoch = 0;
  /** True if the open run's factors are those after a complete epoch. */
  isBetweenEpochs = false;
  #run: TrainingRun | null = null;
  #reopen: TrainOptions['reopen'];
  readonly #fallback: Backend | undefined;

  constructor({ backend, reopen, fallback }: TrainOptions) {
    this.backend = backend;
    this.#reopen = reopen;
    this.#fallback = fallback;
  }

  /** The open run, or a new one that starts at the checkpoint. */
  async open(
    problem: AlsProblem,
    { epoch, userFactors, itemFactors }: Checkpoint,
    solve: SolveOptions,
  ): Promise<TrainingRun> {
    if (this.#run === null) {
      const opening = this.backend.openTraining({ ...problem, userFactors, itemFactors }, solve);
      this.#run = await this.orLost(opening);
      this.epoch = epoch;
    }
    return this.#run;
  }

  /** Copies of the open run's factors. */
  factors(): ReturnType<TrainingRun['factors']> {
    return this.orLost(this.#run!.factors());
  }

  orLost<Result>(work: Promise<Result>): Promise<Result> {
    return orLost(this.backend, work);
  }

  /**
   * Leaves a failed back end for another one.
   *
   * @returns what happened, in words; null if another back end would not help, or if there is none
   */
  async move(error: unknown): Promise<string | null> {
    const failure = await this.#failure(error);
    if (failure === null) return null;
    this.close();
    const reopened = failure === 'lost' ? await this.#reopened(messageOf(error)) : null;
    const next = reopened ?? this.#fallback;
    if (next === undefined) return null;
    this.backend = next;
    const reason = failures[failure](messageOf(error).replace(/\.$/u, ''));
    return `${reason}; continued on ${reopened === null ? 'the CPU' : 'a new device'}`;
  }

  close(): void {
    this.#run?.dispose();
    this.#run = null;
    this.isBetweenEpochs = false;
  }

  /** Opens a new device in place of the lost one; null if that fails or was done before. */
  async #reopened(reason: string): Promise<Backend | null> {
    const reopen = this.#reopen;
    this.#reopen = undefined;
    return (await reopen?.(this.backend, reason).catch(() => null)) ?? null;
  }

  async #failure(error: unknown): Promise<keyof typeof failures | null> {
    if (this.backend.info.kind === 'cpu') return null;
    if (error instanceof DeviceLostError) return 'lost';
    if (error instanceof GpuLimitError) return 'limit';
    if (error instanceof DivergedError) return 'diverged';
    // A rejected map may be reported before the device loss that caused it.
    await new Promise((resolve) => setTimeout(resolve, 0));
    return isLost(this.backend) ? 'lost' : null;
  }
}
