import { DisposedError } from '../../errors.ts';
import type { AlsProblem, RowEquations, Side } from '../backend.ts';
import { Pacer } from '../pacer.ts';
import type { Kernels } from './kernels.ts';
import { padRows } from '../padded-rows.ts';
import { type Job, type JobResult, LocalThread, type Thread } from './thread.ts';
import { MemoryLayout, type Write } from './memory-layout.ts';
import type { KernelSource } from './wasm/wasm-kernels.ts';
import { WorkerThread } from './wasm/worker-thread.ts';

/**
 * Parts per side, for any number of threads: sums are made per part and added in order, so they are always the same.
 */
const partCount = 12;

export const sides = ['users', 'items'] as const;

/** Where a thread holds one side: the factors of all rows and the equations of its own rows. */
export interface SideMemory {
  /** The rows at which the thread's own parts begin, and the row after the last. */
  readonly starts: readonly number[];
  readonly factors: number;
  /** Addresses of offsets, columns, a, b and λ, as kernels take them. */
  readonly equations: readonly [offsets: number, columns: number, a: number, b: number, lambda: number];
  /** Room for one matrix of doubles per own part. */
  readonly gramians: number;
}

/** The kernels and threads of a run (`CpuBackendOptions`). */
export interface ThreadGroupOptions {
  readonly source: KernelSource;
  readonly threads: number;
  readonly workPerThread: number;
}

/** The addresses in the memory of a thread. */
export interface ThreadMemory extends Readonly<Record<Side, SideMemory>> {
  /** Room for a matrix of doubles. */
  readonly system: number;
  /** Room for a matrix of doubles and six more rows of it. */
  readonly scratch: number;
}

/** One share of the problem, and the thread that currently works on it. */
interface Share {
  readonly memory: ThreadMemory;
  readonly layout: MemoryLayout;
  thread: Thread | null;
  /** True once the thread has received its equations. */
  isReady: boolean;
}

/**
 * Runs a training problem on several threads: the calling thread, which holds all factors as the last job left them,
 * and others if there is enough work. Each solves its own rows. If a thread dies, the calling thread takes over its
 * share and repeats the job from the factors before it: nothing is lost, and the result is the same.
 */
export class ThreadGroup {
  readonly #problem: AlsProblem;
  readonly #source: KernelSource;
  /** Bytes per factor row in memory. */
  readonly #rowBytes: number;
  readonly #pacer = new Pacer();
  readonly #local: LocalThread;
  readonly #shares: readonly Share[];
  #isDisposed = false;

  /**
   * @param problem its factors are copied
   * @param options.threads the most threads, including the calling one
   * @param options.workPerThread floating-point operations per epoch that justify one more thread
   * @param options.paddedFactors numbers per row in memory, a multiple of eight
   */
  constructor(problem: AlsProblem, options: ThreadGroupOptions & { readonly paddedFactors: number }) {
    const { source, threads, workPerThread, paddedFactors } = options;
    const { users, items } = problem;
    this.#problem = problem;
    this.#source = source;
    this.#rowBytes = 4 * paddedFactors;
    // Per epoch: three passes over the entries of both sides, and two rotations of the factors of both sides.
    const work = paddedFactors * (24 * users.columns.length + 4 * paddedFactors * (users.rowCount + items.rowCount));
    const threadCount = source.module === null ? 1 : Math.max(1, Math.min(threads, Math.floor(work / workPerThread)));
    const starts = { users: partStarts(users, paddedFactors), items: partStarts(items, paddedFactors) };
    this.#shares = Array.from({ length: threadCount }, (_, thread) => {
      const from = Math.round((thread * partCount) / threadCount);
      const to = Math.round(((thread + 1) * partCount) / threadCount);
      const layout = new MemoryLayout();
      const memoryOf = (side: Side): SideMemory => this.#sideMemory(side, starts[side].slice(from, to + 1), layout);
      const memory = {
        users: memoryOf('users'),
        items: memoryOf('items'),
        system: layout.take(8 * paddedFactors ** 2),
        scratch: layout.take(8 * paddedFactors * (paddedFactors + 6)),
      };
      return { memory, layout, thread: null, isReady: false };
    });
    const [first, ...rest] = this.#shares;
    this.#local = this.#openLocal(first!);
    this.#local.write(first!.layout.writes);
    first!.isReady = true;
    for (const share of rest) share.thread = new WorkerThread(source.module!, share.layout.byteLength);
    for (const side of sides) {
      const given = side === 'users' ? problem.userFactors : problem.itemFactors;
      const { rowCount } = problem[side];
      this.factors(side).set(padRows(given, { factors: problem.factors, rowCount, paddedFactors }));
    }
  }

  /** The kernels of the calling thread, for synchronous calls. */
  get kernels(): Kernels {
    return this.#local.kernels;
  }

  /** The addresses in the memory of the calling thread. */
  get memory(): ThreadMemory {
    return this.#shares[0]!.memory;
  }

  /** A view of all factors of a side. */
  factors(side: Side): Float32Array {
    return this.#local.floats(this.memory[side].factors, (this.#problem[side].rowCount * this.#rowBytes) / 4);
  }

  /**
   * Runs a job on every thread; returns their results in the order of their rows.
   *
   * @param effect.needs the side whose factors of all rows the job reads
   * @param effect.changes the sides whose factors the job changes, in each thread's own rows
   */
  async run(
    jobOf: (memory: ThreadMemory) => Job,
    { needs, changes = [] }: { readonly needs?: Side; readonly changes?: readonly Side[] } = {},
  ): Promise<JobResult[]> {
    if (this.#isDisposed) throw new DisposedError('This training run was disposed of; open a new one.');
    const shared = needs && this.#shares.length > 1 ? sharedCopy(this.factors(needs)) : null;
    return Promise.all(
      this.#shares.map(async (share) => {
        const { memory } = share;
        const job = jobOf(memory);
        if (share.thread === this.#local) return this.#local.run(job);
        const { writes = [], reads = [] } = job;
        const result = await this.#runAway(share, {
          calls: job.calls,
          writes: shared ? [...writes, [memory[needs!].factors, shared]] : writes,
          reads: [...reads, ...changes.map((side) => this.#ownRows(memory, side))],
        });
        for (const [index, side] of changes.entries()) {
          const [address] = this.#ownRows(this.memory, side, memory);
          this.#local.bytes.set(result.copies[reads.length + index]!, address);
        }
        return result;
      }),
    );
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const { thread } of this.#shares) thread?.close();
  }

  /** Runs the job of a share with a memory of its own. The calling thread's memory has the authoritative factors. */
  async #runAway(share: Share, job: Job): Promise<JobResult> {
    const { memory, layout } = share;
    const initial = (): Write[] => [
      ...layout.writes,
      ...sides.map((side): Write => [memory[side].factors, this.factors(side)]),
    ];
    const whole = share.isReady ? job : { ...job, writes: [...initial(), ...job.writes!] };
    share.isReady = true;
    try {
      return await share.thread!.run(whole);
    } catch (error) {
      if (this.#isDisposed) throw new DisposedError('This training run was disposed of during the call.');
      if (share.thread instanceof LocalThread) throw error;
      return this.#openLocal(share).run({ ...job, writes: [...initial(), ...job.writes!] });
    }
  }

  /** Gives a share to the calling thread, with a block of memory of its own. */
  #openLocal(share: Share): LocalThread {
    const thread = new LocalThread(this.#source.open(share.layout.byteLength), this.#pacer);
    share.thread = thread;
    return thread;
  }

  /** Address in `memory`, and bytes, of the factors of `owner`'s own rows. */
  #ownRows(memory: ThreadMemory, side: Side, owner: ThreadMemory = memory): readonly [number, number] {
    const { starts } = owner[side];
    const first = starts[0]!;
    return [memory[side].factors + first * this.#rowBytes, (starts.at(-1)! - first) * this.#rowBytes];
  }

  #sideMemory(side: Side, starts: readonly number[], layout: MemoryLayout): SideMemory {
    const { rowCount, rowOffsets, columns, a, b, regularization } = this.#problem[side];
    const [first, end] = [starts[0]!, starts.at(-1)!];
    const [firstEntry, endEntry] = [rowOffsets[first]!, rowOffsets[end]!];
    // Kernels number rows and entries from the first of the whole side, so the addresses are those that it would have.
    const rows = (array: Uint32Array | Float32Array, to: number) => layout.place(array.subarray(first, to)) - 4 * first;
    const entries = (array: Uint32Array | Float32Array) =>
      layout.place(array.subarray(firstEntry, endEntry)) - 4 * firstEntry;
    const aAddress = entries(a);
    return {
      starts,
      factors: layout.take(rowCount * this.#rowBytes),
      equations: [
        rows(rowOffsets, end + 1),
        entries(columns),
        aAddress,
        b === a ? aAddress : entries(b),
        rows(regularization, end),
      ],
      gramians: layout.take((starts.length - 1) * (this.#rowBytes ** 2 / 2)),
    };
  }
}

/** The rows at which parts of equal work begin, and the row after the last. */
function partStarts({ rowCount, rowOffsets }: RowEquations, paddedFactors: number): number[] {
  // The two rotations of a row cost as much as paddedFactors / 6 entries.
  const workBefore = (row: number): number => rowOffsets[row]! + (row * paddedFactors) / 6;
  const whole = workBefore(rowCount);
  const starts = [0];
  for (let row = 1; row <= rowCount; row++) {
    while (starts.length <= partCount && workBefore(row) * partCount >= starts.length * whole) starts.push(row);
  }
  while (starts.length <= partCount) starts.push(rowCount);
  starts[partCount] = rowCount;
  return starts;
}

/**
 * A copy in shared memory, if the page or Node allows it; otherwise `array` itself, which is copied for each thread.
 */
function sharedCopy(array: Float32Array): Float32Array {
  // `crossOriginIsolated` is undefined in Node, which always allows shared memory.
  if (!(globalThis.crossOriginIsolated ?? true)) return array;
  const shared = new Float32Array(new SharedArrayBuffer(array.byteLength));
  shared.set(array);
  return shared;
}
