import { milliseconds, quantile } from '../measure.ts';
import type { KernelTime } from './dispatch-trace.ts';
import type { Roofs } from './roofs.ts';
import { stageOf, type WorkShape } from './work.ts';

/** A stage's kernels over several rounds. */
interface StageTimes {
  /** One sum a round, ascending; milliseconds. */
  readonly times: number[];
  /** Kernels of the first round. */
  readonly kernels: readonly KernelTime[];
  readonly work: { readonly flops: number; readonly bytes: number } | null;
}

/**
 * Lines on one operation: each stage with its GPU time (median and spread of the rounds), and what it achieved of the
 * roofs; below it its kernels, where it has more than one.
 *
 * @param rounds the kernels of each round
 */
export function describeStages(rounds: readonly (readonly KernelTime[])[], shape: WorkShape, roofs: Roofs): string[] {
  const lines: string[] = [];
  for (const [name, { times, kernels, work }] of stageTimes(rounds, shape)) {
    const median = quantile(times, 0.5);
    const spread = `(${milliseconds(quantile(times, 0))}–${milliseconds(quantile(times, 1))})`;
    const rates = work === null ? '' : describeRates(work, median / 1000, roofs);
    lines.push(`  ${name.padEnd(14)} ${milliseconds(median).padStart(8)} ms ${spread.padEnd(16)} ${rates}`.trimEnd());
    if (kernels.length === 1 && kernels[0]!.dispatchCount === 1) continue;
    for (const { label, dispatchCount, elapsedMs } of kernels) {
      lines.push(`    ${label}, ${dispatchCount} dispatches: ${milliseconds(elapsedMs)} ms in the first round`);
    }
  }
  const totals = rounds.map((kernels) => kernels.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0));
  totals.sort((left, right) => left - right);
  const dispatchCount = rounds[0]!.reduce((sum, kernel) => sum + kernel.dispatchCount, 0);
  const median = milliseconds(quantile(totals, 0.5));
  lines.push(`  ${'all'.padEnd(14)} ${median.padStart(8)} ms in ${dispatchCount} dispatches, ${rounds.length} rounds`);
  return lines;
}

function stageTimes(rounds: readonly (readonly KernelTime[])[], shape: WorkShape): Map<string, StageTimes> {
  const found = new Map<string, StageTimes>();
  for (const { label } of rounds[0]!) {
    const stage = stageOf(label);
    const name = stage?.name ?? label.split(' ')[0]!;
    if (found.has(name)) continue;
    const isOfStage = (kernel: KernelTime): boolean =>
      (stageOf(kernel.label)?.name ?? kernel.label.split(' ')[0]) === name;
    const ofRound = (kernels: readonly KernelTime[]): number =>
      kernels.filter(isOfStage).reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
    const times = rounds.map(ofRound).sort((left, right) => left - right);
    found.set(name, { times, kernels: rounds[0]!.filter(isOfStage), work: stage?.work(shape) ?? null });
  }
  return found;
}

function describeRates(work: { flops: number; bytes: number }, seconds: number, roofs: Roofs): string {
  const parts: string[] = [];
  if (work.flops > 0) {
    const rate = work.flops / seconds;
    parts.push(`${(rate / 1e9).toFixed(1)} GFLOP/s (${percent(rate / roofs.flops)} of the roof)`);
  }
  const rate = work.bytes / seconds;
  parts.push(
    `${(rate / 1e9).toFixed(2)} GB/s (${percent(rate / roofs.cache)} of cache, ${percent(rate / roofs.memory)} of memory)`,
  );
  return parts.join(', ');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
