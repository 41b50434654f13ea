import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { BackendComparison } from '../../../index.ts';
import { offOriginTraffic } from '../../off-origin-traffic.ts';
import { messageOf } from '../../state/page-model.ts';
import { usePage } from '../../state/page-context.ts';
import { backendName } from './train-panel.tsx';

const diagnosticsEveryMs = 2_000;

/** What computes, why, and what it costs; and a comparison of every back end that this browser has. */
export function InspectorPanel(): JSX.Element {
  const page = usePage();
  const diagnostics = page.diagnostics.value;
  const lastAction = page.lastAction.value;
  const traffic = offOriginTraffic.value;
  const revision = page.revision.value;

  // `auto` measures while the page is idle: what answers may change while one looks.
  useEffect(() => {
    const ask = async () => {
      page.diagnostics.value = await page.recommender.diagnostics();
    };
    void ask();
    const timer = setInterval(() => void ask(), diagnosticsEveryMs);
    return () => clearInterval(timer);
  }, [revision]);

  if (!diagnostics) return <p class="dialog-waiting">Asking the engine …</p>;
  const { model } = diagnostics;
  const timings = lastAction?.timings ?? diagnostics.lastTimings;
  return (
    <>
      <section class="facts" aria-labelledby="facts-engine">
        <h3 id="facts-engine">Engine</h3>
        <dl>
          <Fact
            name="Back end"
            value={diagnostics.backend === 'webgpu' ? 'WebGPU' : 'CPU'}
            testId="inspector-backend"
          />
          <Fact name="Why" value={diagnostics.reason} testId="inspector-reason" />
          <Fact name="Adapter" value={diagnostics.adapter ?? 'None in use'} testId="inspector-adapter" />
          <Fact name="Software GPU" value={diagnostics.isSoftware ? 'Yes' : 'No'} />
          {diagnostics.verdict && (
            <Fact
              name="Measured"
              value={`Serving: CPU ${ms(diagnostics.verdict.serve.cpuMs)}, GPU ${ms(diagnostics.verdict.serve.gpuMs)}. Training: CPU ${ms(diagnostics.verdict.train.cpuMs)}, GPU ${ms(diagnostics.verdict.train.gpuMs)}. Answers ${diagnostics.verdict.parity}.`}
            />
          )}
        </dl>
      </section>
      <section class="facts" aria-labelledby="facts-last">
        <h3 id="facts-last">Last request</h3>
        <dl>
          <Fact name="Fold-in" value={ms(timings?.foldInMs)} />
          <Fact name="Score" value={ms(timings?.scoreMs)} />
          <Fact name="Top-k" value={ms(timings?.topKMs)} />
          <Fact name="Engine in all" value={ms(timings?.totalMs)} />
          <Fact name="From your hand to the changed rows" value={ms(lastAction?.totalMs)} />
        </dl>
      </section>
      {model && (
        <section class="facts" aria-labelledby="facts-model">
          <h3 id="facts-model">Model</h3>
          <dl>
            <Fact name="Name" value={model.name} />
            <Fact
              name="Kind"
              value={`${model.objective === 'implicit' ? 'Implicit' : 'Explicit'} ALS, ${model.factors} factors, ${model.epochs} epochs`}
            />
            <Fact
              name="Made from"
              value={`${model.userCount.toLocaleString('en')} people, ${model.itemCount.toLocaleString('en')} films`}
            />
            <Fact name="Your history among the rows" value={model.includesHistory ? 'Yes' : 'No'} />
          </dl>
        </section>
      )}
      <section class="facts" aria-labelledby="facts-network">
        <h3 id="facts-network">Network</h3>
        <dl>
          <Fact name="Bytes sent to others" value={String(traffic.byteCount)} testId="bytes-sent" />
        </dl>
        <p class="muted">
          Measured: {traffic.requestCount} of {traffic.observedCount} requests in this page’s Resource Timing went to
          another origin (a request whose size the browser hides would count as 1 byte). Workers keep timings of their
          own; the page’s content security policy keeps all of them to this origin.
        </p>
      </section>
      <Comparison />
    </>
  );
}

function Comparison(): JSX.Element {
  const page = usePage();
  const [results, setResults] = useState<readonly BackendComparison[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const compare = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setResults(await page.recommender.compareBackends());
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <section class="facts" aria-labelledby="facts-compare">
      <h3 id="facts-compare">Every back end, same request</h3>
      <button
        type="button"
        class="small-button"
        data-testid="compare-now"
        disabled={isBusy}
        onClick={() => void compare()}
      >
        {isBusy ? 'Comparing …' : 'Compare now'}
      </button>
      <div role="status">
        {problem && <p class="notice notice-bad">{problem}</p>}
        {results && (
          <table class="comparison" data-testid="compare-result">
            <thead>
              <tr>
                <th scope="col">Back end</th>
                <th scope="col">Time</th>
                <th scope="col">List</th>
              </tr>
            </thead>
            <tbody>
              {results.map(({ info, timings, agrees, error }) => (
                <tr key={info.kind} data-backend={info.kind} data-agrees={agrees}>
                  <th scope="row">
                    {capital(backendName(info.kind).replace('the ', ''))}
                    {info.adapter && <span class="muted"> {info.adapter}</span>}
                  </th>
                  <td>{error ? '–' : ms(timings?.totalMs)}</td>
                  <td>{error ?? (agrees ? 'The same list' : 'Another list')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

function Fact({
  name,
  value,
  testId,
}: {
  readonly name: string;
  readonly value: string;
  readonly testId?: string;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-testid={testId}>{value}</dd>
    </div>
  );
}

function ms(value: number | null | undefined): string {
  if (value === null || value === undefined) return 'Not measured';
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
