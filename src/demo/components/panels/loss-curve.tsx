import type { JSX } from 'preact';

interface LossCurveProps {
  /** The objective after each finished epoch. */
  readonly losses: readonly number[];
  readonly epochs: number;
}

const width = 400;
const height = 180;
const margin = { top: 14, right: 14, bottom: 30, left: 54 };

/** The objective by epoch. The first epoch is far above the rest, so the scale is logarithmic. */
export function LossCurve({ losses, epochs }: LossCurveProps): JSX.Element {
  const first = losses[0];
  const last = losses.at(-1);
  if (first === undefined || last === undefined) {
    return <div class="loss-curve loss-curve-empty">The loss of each epoch appears here.</div>;
  }
  const low = Math.min(...losses);
  const high = Math.max(...losses);
  const xOf = (epoch: number) =>
    margin.left + ((epoch - 1) / Math.max(1, epochs - 1)) * (width - margin.left - margin.right);
  const share = (loss: number) =>
    high > low ? (Math.log(loss) - Math.log(low)) / (Math.log(high) - Math.log(low)) : 0.5;
  const yOf = (loss: number) => margin.top + (1 - share(loss)) * (height - margin.top - margin.bottom);
  const points = losses.map((loss, index) => ({ x: xOf(index + 1), y: yOf(loss) }));
  const words = `Loss curve: ${first.toFixed(0)} after epoch 1, ${last.toFixed(0)} after epoch ${losses.length}`;
  const gridLosses = high > low ? [high, Math.sqrt(high * low), low] : [high];

  return (
    <svg class="loss-curve" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={words}>
      {gridLosses.map((loss) => (
        <g key={loss}>
          <line class="curve-grid" x1={margin.left} x2={width - margin.right} y1={yOf(loss)} y2={yOf(loss)} />
          <text class="curve-label" x={margin.left - 8} y={yOf(loss) + 4} text-anchor="end">
            {compact.format(loss)}
          </text>
        </g>
      ))}
      {[1, Math.ceil(epochs / 2), epochs].map((epoch) => (
        <text key={epoch} class="curve-label" x={xOf(epoch)} y={height - 8} text-anchor="middle">
          {epoch}
        </text>
      ))}
      <polyline class="curve-line" points={points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')} />
      {points.map(({ x, y }, index) => (
        <circle key={index} class="curve-point" cx={x} cy={y} r={3.5} />
      ))}
    </svg>
  );
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
