import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { usePage } from '../../state/page-context.ts';
import { LossCurve } from './loss-curve.tsx';

const factorChoices = [32, 64] as const;

/** Trains a model in this browser: what it will take, how far it is, and what came out. */
export function TrainPanel(): JSX.Element {
  const page = usePage();
  const { training } = page;
  const phase = training.phase.value;
  const isBusy = training.isBusy.value;
  const settings = training.settings.value;
  const reports = training.reports.value;
  const diagnostics = page.diagnostics.value;
  const losses = useMemo(() => reports.map(({ loss }) => loss), [reports]);
  const remaining = training.remainingMs.value;

  return (
    <>
      <p>
        The rows come from a model that was trained on 100,004 ratings by 671 people. Your browser can train it again
        here, from the same ratings, without sending anything anywhere.
      </p>
      <fieldset class="choices" disabled={isBusy}>
        <legend>Factors: how many traits a film may have</legend>
        {factorChoices.map((factors) => (
          <label key={factors} class="choice">
            <input
              type="radio"
              name="factors"
              value={factors}
              checked={settings.factors === factors}
              onChange={() => (training.settings.value = { ...settings, factors })}
            />
            <span>
              {factors} <span class="muted">{factors === 32 ? 'quicker' : 'finer, about twice as long'}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>Epochs: {settings.epochs}</span>
        <input
          type="range"
          min={2}
          max={24}
          step={1}
          value={settings.epochs}
          disabled={isBusy}
          onInput={(event) => (training.settings.value = { ...settings, epochs: event.currentTarget.valueAsNumber })}
        />
      </label>
      <label class="choice">
        <input
          type="checkbox"
          checked={settings.includeHistory}
          disabled={isBusy}
          onChange={(event) => (training.settings.value = { ...settings, includeHistory: event.currentTarget.checked })}
        />
        <span>
          Add my own history as one more row <span class="muted">(it stays in this browser)</span>
        </span>
      </label>
      <div class="button-line">
        {isBusy ? (
          <button type="button" class="main-button" data-testid="train-cancel" onClick={() => training.cancel()}>
            Cancel
          </button>
        ) : (
          <button type="button" class="main-button" data-testid="train-start" onClick={() => void training.start()}>
            {reports.length > 0 ? 'Train again' : 'Train on this device'}
          </button>
        )}
      </div>
      <div class="train-progress-line">
        <progress
          data-testid="train-progress"
          aria-label="Training progress"
          max={settings.epochs}
          value={reports.length}
        />
        <p class="muted" role="status">
          {progressInWords({
            phase,
            epoch: reports.length,
            epochs: settings.epochs,
            elapsedMs: training.elapsedMs.value,
            remaining,
          })}
        </p>
      </div>
      <LossCurve losses={losses} epochs={settings.epochs} />
      {phase === 'done' && (
        <p class="notice notice-good" data-testid="train-done">
          Done. Your rows now come from the model that this device trained
          {diagnostics?.model?.includesHistory
            ? ', with your own history as one of its rows.'
            : '; your own history was not one of its rows.'}
        </p>
      )}
      {phase === 'failed' && (
        <p class="notice notice-bad" role="alert">
          Training stopped: {training.problem.value}{' '}
          {reports.length > 0
            ? 'The model of the last finished epoch is in use.'
            : 'The model before it is still in use.'}
        </p>
      )}
      {!isBusy && training.isOwnModel.value && (
        <button
          type="button"
          class="small-button line-start"
          data-testid="train-shipped"
          onClick={() => void training.useShippedModel()}
        >
          Back to the shipped model
        </button>
      )}
      <p class="muted">
        {reports.length > 0
          ? `Trains on ${backendName(reports.at(-1)!.backend)}. `
          : diagnostics
            ? `Serves from ${backendName(diagnostics.backend)}; training picks by its own measurement. `
            : ''}
        Training pauses while this tab is hidden and goes on when you come back. You may close this panel; it goes on.
      </p>
    </>
  );
}

export function backendName(backend: 'cpu' | 'webgpu'): string {
  return backend === 'webgpu' ? 'WebGPU' : 'the CPU';
}

function progressInWords(state: {
  phase: string;
  epoch: number;
  epochs: number;
  elapsedMs: number;
  remaining: number | null;
}): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  switch (state.phase) {
    case 'loading':
      return 'Loading the ratings …';
    case 'running':
      return `Epoch ${state.epoch} of ${state.epochs}, ${seconds(state.elapsedMs)}${state.remaining === null ? '' : `, about ${seconds(state.remaining)} to go`}`;
    case 'paused':
      return `Epoch ${state.epoch} of ${state.epochs}; paused while this tab is hidden`;
    case 'done':
      return `${state.epochs} epochs in ${seconds(state.elapsedMs)}`;
    case 'cancelled':
      return state.epoch > 0
        ? `Cancelled after epoch ${state.epoch}; that model is in use.`
        : 'Cancelled; the model before it is still in use.';
    default:
      return 'Not started';
  }
}
