import type { AlsProblem, Backend, SolveOptions, TrainingRun } from '../backends/backend.ts';
import { isLost, orLost } from '../backends/device-loss.ts';
import { DeviceLostError, GpuLimitError, messageOf, RecommenderError } from '../errors.ts';

/** Where and how long a training run computes. */
export interface TrainOptions {
  readonly backend: Backend;
  /**
   * Goes on where `backend` is a GPU that is lost, too small, or answers with numbers that are not finite. Without it
   * such a failure ends the run.
   */
  readonly fallback?: Backend | undefined;
  /** Opens a new device after a loss; asked at most once a run. Without it, or if it fails, `fallback` goes on. */
  readonly reopen?: ((lost: Backend, reason: string) => Promise<Backend>) | undefined;
  /** Aborting rejects with its reason; the model of the last finished epoch stays. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds of training that a lost device may cost: factors come back to the host after the first epoch, and
   * then after an epoch that ends so much later than the last time. Default 1000.
   */
  readonly checkpointMs?: number | undefined;
}

/** Factors on the host, and how many epochs made them. */
export interface Checkpoint {
  readonly epoch: number;
  readonly userFactors: Float32Array;
  readonly itemFactors: Float32Array;
}

/** Numbers that are not finite: too little regularization, or a GPU that computes wrongly. */
export class DivergedError extends RecommenderError {}

/** What can be got over by going elsewhere, with what a report says of it. */
const failures = {
  lost: (detail: string) => `GPU device lost (${detail})`,
  limit: (detail: string) => `The training does not fit the GPU (${detail})`,
  diverged: () => 'The GPU answered with numbers that are not finite',
};

/** Where a training run computes at present: a back end, the run that is open on it, and where else it could go. */
export class TrainingStage {
  backend: Backend;
  /** Epochs that the factors of the open run have behind them. */
  epoch = 0;
  /** True where the open run's factors are those of a whole epoch. */
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
   * Leaves a back end that failed for another one.
   *
   * @returns what happened, in words; null for an error that going elsewhere does not get over
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

  /** A new device in place of the lost one; null where none opens, or one was opened before. */
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
    // A rejected mapping may be heard before the loss that caused it.
    await new Promise((resolve) => setTimeout(resolve, 0));
    return isLost(this.backend) ? 'lost' : null;
  }
}
