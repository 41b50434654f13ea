import { computed, signal } from '@preact/signals';
import type { EpochReport, Interactions, Recommender } from '../../index.ts';

export type TrainingPhase = 'idle' | 'loading' | 'running' | 'paused' | 'done' | 'cancelled' | 'failed';

export interface TrainingSettings {
  readonly factors: number;
  readonly epochs: number;
  /** Whether the visitor's own history becomes one more training row. */
  readonly includeHistory: boolean;
}

export interface TrainingModelOptions {
  readonly recommender: Recommender;
  readonly ratings: () => Promise<Interactions>;
  /** Called when another model answers from now on. */
  readonly onModel: () => Promise<void>;
  readonly onNotice: (text: string) => void;
}

/** Training on this device: one run at a time, which goes on while the panel is closed. */
export class TrainingModel {
  readonly phase = signal<TrainingPhase>('idle');
  readonly settings = signal<TrainingSettings>({ factors: 32, epochs: 12, includeHistory: true });
  readonly reports = signal<readonly EpochReport[]>([]);
  readonly problem = signal<string | null>(null);
  /** Milliseconds from the press of the button to the last word. */
  readonly elapsedMs = signal(0);
  /** True where a model trained on this device answers, from this visit or an earlier one. */
  readonly isOwnModel = signal(false);
  readonly isBusy = computed(() => ['loading', 'running', 'paused'].includes(this.phase.value));
  /** Milliseconds to go, from the mean of the epochs so far; null before the first. */
  readonly remainingMs = computed(() => {
    const reports = this.reports.value;
    if (reports.length === 0) return null;
    const mean = reports.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / reports.length;
    return mean * (this.settings.value.epochs - reports.length);
  });

  readonly #options: TrainingModelOptions;
  #abort: AbortController | null = null;

  constructor(options: TrainingModelOptions) {
    this.#options = options;
    this.isOwnModel.value = options.recommender.usesTrainedModel;
  }

  /** Trains with the chosen settings; the rows follow when it is done. */
  async start(): Promise<void> {
    if (this.isBusy.value) return;
    const { recommender, ratings, onModel, onNotice } = this.#options;
    const { factors, epochs, includeHistory } = this.settings.value;
    const abort = new AbortController();
    this.#abort = abort;
    this.reports.value = [];
    this.problem.value = null;
    this.elapsedMs.value = 0;
    this.phase.value = 'loading';
    const start = performance.now();
    const clock = setInterval(() => (this.elapsedMs.value = performance.now() - start), 250);
    try {
      const interactions = await ratings();
      abort.signal.throwIfAborted();
      this.phase.value = 'running';
      const run = recommender.fit(interactions, {
        factors,
        epochs,
        includeHistory,
        signal: abort.signal,
        keepTrainedModel: true,
        onPause: (isPaused) => (this.phase.value = isPaused ? 'paused' : 'running'),
        name: 'Trained on this device',
      });
      for await (const report of run) {
        this.reports.value = [...this.reports.value, report];
        if (report.notice) onNotice(report.notice);
      }
      await onModel();
      this.phase.value = 'done';
    } catch (error) {
      if (this.reports.value.length > 0) {
        // The model of the last finished epoch answers.
        await onModel();
      }
      if (abort.signal.aborted) this.phase.value = 'cancelled';
      else {
        this.problem.value = error instanceof Error ? error.message : String(error);
        this.phase.value = 'failed';
      }
    } finally {
      clearInterval(clock);
      this.isOwnModel.value = recommender.usesTrainedModel;
      this.elapsedMs.value = performance.now() - start;
      this.#abort = null;
    }
  }

  cancel(): void {
    this.#abort?.abort();
  }

  /** Puts the model that came with the page back. */
  async useShippedModel(): Promise<void> {
    const { recommender, onModel, onNotice } = this.#options;
    try {
      await recommender.load();
      this.isOwnModel.value = recommender.usesTrainedModel;
      this.reports.value = [];
      this.phase.value = 'idle';
      await onModel();
    } catch (error) {
      onNotice(`The shipped model could not be loaded: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
