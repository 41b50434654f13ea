import type { Backend, RowEquations, ItemTable, TopK, TrainingRun } from '../../src/backends/backend.ts';
import { createCpuBackend } from '../../src/backends/cpu/cpu-backend.ts';
import { DeviceLostError } from '../../src/errors.ts';

/** How a pretended GPU misbehaves. */
export interface FakeGpuOptions {
  readonly adapter?: string;
  readonly isSoftware?: boolean;
  /** Milliseconds that every solve and every request takes longer. */
  readonly delayMs?: number;
  /** `factors`: trained factors off by a tenth; `lists`: the second place is left out; `nan`: a loss that says factors are NaN. */
  readonly fault?: 'factors' | 'lists' | 'nan';
  /** The device is lost at this operation, counted from 1 over solves, fold-ins and requests. */
  readonly loseAt?: number;
  /** The device is lost at this read of the factors, counted from 1. */
  readonly loseAtRead?: number;
  /** Told of each operation, by its number, before it is done. */
  readonly onOperation?: (count: number) => void;
  /** At the loss: reject the work, or never settle it and let `lost` alone tell. Default `reject`. */
  readonly lossStyle?: 'reject' | 'hang';
}

/** A `webgpu` back end that computes on the CPU, and fails on demand: device loss and faults without a device. */
export interface FakeGpu extends Backend {
  /** Loses the device now. */
  lose(reason: string): void;
  readonly operations: number;
  /** How often factors were read. */
  readonly readBacks: number;
  /** Training runs that were opened and not disposed of. */
  readonly openRuns: number;
  readonly isDisposed: boolean;
}

export function fakeGpu(options: FakeGpuOptions = {}): FakeGpu {
  const cpu = createCpuBackend();
  let lose: (reason: string) => void = () => {};
  const lost = new Promise<string>((resolve) => {
    lose = resolve;
  });
  let operations = 0;
  let readBacks = 0;
  let openRuns = 0;
  let isDisposed = false;
  let isLost = false;

  const loseNow = (reason: string): void => {
    isLost = true;
    lose(reason);
  };

  async function operate<Result>(work: () => Promise<Result>): Promise<Result> {
    operations++;
    options.onOperation?.(operations);
    if (operations === options.loseAt) loseNow('destroyed in a test');
    if (isLost) {
      if (options.lossStyle === 'hang') return new Promise<Result>(() => {});
      throw new DeviceLostError('destroyed in a test');
    }
    if (options.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.delayMs));
    return work();
  }

  const wrapRun = (run: TrainingRun): TrainingRun => ({
    solve: (side) => operate(() => run.solve(side)),
    loss: async () => (options.fault === 'nan' ? Number.NaN : run.loss()),
    factors: async () => {
      readBacks++;
      if (readBacks === options.loseAtRead) loseNow('destroyed in a test');
      if (isLost) throw new DeviceLostError('destroyed in a test');
      const factors = await run.factors();
      if (options.fault === 'factors')
        return { ...factors, itemFactors: factors.itemFactors.map((value) => value * 1.1) };
      return factors;
    },
    dispose: () => {
      openRuns--;
      run.dispose();
    },
  });

  const wrapTable = (table: ItemTable): ItemTable => ({
    foldIn: (equations: RowEquations) => operate(() => table.foldIn(equations)),
    topK: (queries, how) => operate(() => table.topK(queries, how)),
    foldInTopK: (equations, how) =>
      operate(async () => {
        const result = await table.foldInTopK(equations, how);
        return options.fault === 'lists' ? { ...result, topK: withoutSecondPlace(result.topK) } : result;
      }),
    contributions: (equations, itemRows) => table.contributions(equations, itemRows),
    embeddings: table.embeddings,
    dispose: () => table.dispose(),
  });

  return {
    info: { kind: 'webgpu', adapter: options.adapter ?? 'pretended adapter', isSoftware: options.isSoftware ?? false },
    openTraining: async (problem, how) => {
      const run = wrapRun(await cpu.openTraining(problem, how));
      openRuns++;
      return run;
    },
    openItemTable: async (table) => wrapTable(await cpu.openItemTable(table)),
    openEmbeddingTable: (table) => cpu.openEmbeddingTable(table),
    lost,
    dispose: () => {
      isDisposed = true;
    },
    lose: loseNow,
    get operations() {
      return operations;
    },
    get openRuns() {
      return openRuns;
    },
    get readBacks() {
      return readBacks;
    },
    get isDisposed() {
      return isDisposed;
    },
  };
}

/** The list with its second place dropped and the last one doubled. */
function withoutSecondPlace(topK: TopK): TopK {
  const rows = topK.rows.slice();
  for (let first = 0; first < rows.length; first += topK.k) rows.copyWithin(first + 1, first + 2, first + topK.k);
  return { ...topK, rows };
}
