import { DisposedError } from '../../errors.ts';
import type { AlsProblem, RowEquations, Side } from '../backend.ts';
import { Pacer } from '../pacer.ts';
import type { Kernels } from './kernels.ts';
import { padRows } from '../padded-rows.ts';
import { type Job, type JobResult, LocalThread, type Thread } from './thread.ts';
import { MemoryLayout, type Write } from './memory-layout.ts';
import type { KernelSource } from './wasm/wasm-kernels.ts';
import { WorkerThread } from './wasm/worker-thread.ts';

/** Parts a side is cut into, whatever the number of threads: sums by part, added in order, are then always the same. */
const partCount = 12;

export const sides = ['users', 'items'] as const;

/** Where a thread holds one side: the factors of all rows, and the equations of its own. */
export interface SideMemory {
  /** The rows at which its own parts begin, and the row after the last. */
  readonly starts: readonly number[];
  readonly factors: number;
  /** Offsets, columns, a, b and λ, as kernels take them. */
  readonly equations: readonly [offsets: number, columns: number, a: number, b: number, lambda: number];
  /** Room for a matrix of doubles for each of its parts. */
  readonly gramians: number;
}

/** What a run computes with. */
export interface ThreadGroupOptions {
  readonly source: KernelSource;
  readonly threads: number;
  readonly workPerThread: number;
}

/** Where things are in the memory of a thread. */
export interface ThreadMemory extends Readonly<Record<Side, SideMemory>> {
  /** Room for a matrix of doubles. */
  readonly system: number;
  /** Room for a matrix of doubles and six of its lines. */
  readonly scratch: number;
}

/** A thread's share of the problem, and the thread that has it at present. */
interface Share {
  readonly memory: ThreadMemory;
  readonly layout: MemoryLayout;
  thread: Thread | null;
  /** True once the thread has its equations. */
  isReady: boolean;
}

/**
 * A training problem on threads: the calling one, which holds all factors as the last job left them, and more where
 * there is enough to do. Each solves its own rows. The share of a thread that dies goes to the calling thread, which
 * does the job again from the factors before it: nothing is lost, and the result is the same.
 */
export class ThreadGroup {
  readonly #problem: AlsProblem;
  readonly #source: KernelSource;
  /** Bytes of a factor row in memory. */
  readonly #rowBytes: number;
  readonly #pacer = new Pacer();
  readonly #local: LocalThread;
  readonly #shares: readonly Share[];
  #isDisposed = false;

  /**
   * @param problem its factors are copied
   * @param options.threads how many, this one included, at most
   * @param options.workPerThread floating-point operations an epoch for which another thread is worth its while
   * @param options.paddedFactors how many numbers a row has in memory, a multiple of eight
   */
  constructor(problem: AlsProblem, options: ThreadGroupOptions & { readonly paddedFactors: number }) {
    const { source, threads, workPerThread, paddedFactors } = options;
    const { users, items } = problem;
    this.#problem = problem;
    this.#source = source;
    this.#rowBytes = 4 * paddedFactors;
    // Three passes over the entries of both sides, and the factors of both sides turned twice.
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

  /** The kernels of the calling thread, to call at once. */
  get kernels(): Kernels {
    return this.#local.kernels;
  }

  /** Where things are in the memory of the calling thread. */
  get memory(): ThreadMemory {
    return this.#shares[0]!.memory;
  }

  /** All factors of a side, in place. */
  factors(side: Side): Float32Array {
    return this.#local.floats(this.memory[side].factors, (this.#problem[side].rowCount * this.#rowBytes) / 4);
  }

  /**
   * A job on every thread, and what each gave, in the order of their rows.
   *
   * @param effect.needs the side of which the job reads the factors of all rows
   * @param effect.changes the sides of which it changes the factors of a thread's own rows
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

  /** A job of a share whose factors are copies: those that count are in the memory of the calling thread. */
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

  /** Gives a share to the calling thread, in a block of memory of its own. */
  #openLocal(share: Share): LocalThread {
    const thread = new LocalThread(this.#source.open(share.layout.byteLength), this.#pacer);
    share.thread = thread;
    return thread;
  }

  /** Address and bytes of the factors of the rows of `owner`, where `memory` holds them. */
  #ownRows(memory: ThreadMemory, side: Side, owner: ThreadMemory = memory): readonly [number, number] {
    const { starts } = owner[side];
    const first = starts[0]!;
    return [memory[side].factors + first * this.#rowBytes, (starts.at(-1)! - first) * this.#rowBytes];
  }

  #sideMemory(side: Side, starts: readonly number[], layout: MemoryLayout): SideMemory {
    const { rowCount, rowOffsets, columns, a, b, regularization } = this.#problem[side];
    const [first, end] = [starts[0]!, starts.at(-1)!];
    const [firstEntry, endEntry] = [rowOffsets[first]!, rowOffsets[end]!];
    // Kernels count rows and entries from the first of all, not from the first that is here.
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

/** Where the parts of a side begin, by equal work, and the row after the last. */
function partStarts({ rowCount, rowOffsets }: RowEquations, paddedFactors: number): number[] {
  // A row costs as much as so many entries: it is turned twice.
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

/** A copy that threads read together, where the page or Node lets them; otherwise the array, to be copied for each. */
function sharedCopy(array: Float32Array): Float32Array {
  // Node does not know the word, and always lets them.
  if (!(globalThis.crossOriginIsolated ?? true)) return array;
  const shared = new Float32Array(new SharedArrayBuffer(array.byteLength));
  shared.set(array);
  return shared;
}
