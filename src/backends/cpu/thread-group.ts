import { DisposedError } from '../../errors.ts';
import type { AlsProblem, RowEquations, Side } from '../backend.ts';
import { Pacer } from '../pacer.ts';
import { padRows } from '../padded-rows.ts';
import { type Job, type JobResult, type Lane, LocalLane } from './thread.ts';
import { MemoryLayout, type Write } from './memory-layout.ts';
import type { KernelSource } from './wasm/wasm-kernels.ts';
import { WorkerLane } from './wasm/worker-thread.ts';

/** Parts a side is cut into, whatever the number of lanes: sums by part, added in order, are then always the same. */
const partCount = 12;

export const sides = ['users', 'items'] as const;

/** Where a lane holds one side: the factors of all rows, and the equations of its own. */
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
export interface LaneGroupOptions {
  readonly source: KernelSource;
  readonly threads: number;
  readonly workPerThread: number;
}

/** Where things are in a lane. */
export interface Station {
  readonly memory: Readonly<Record<Side, SideMemory>>;
  /** Room for a matrix of doubles. */
  readonly system: number;
  /** Room for a matrix of doubles and six of its lines. */
  readonly scratch: number;
}

interface LanePlace extends Station {
  readonly layout: MemoryLayout;
  lane: Lane | null;
  /** True once the lane has its equations. */
  isReady: boolean;
}

/**
 * A training problem on lanes: one on this thread, which holds all factors as the last job left them, and more where
 * there is enough to do. Each lane solves its own rows. One that dies is replaced by a lane on this thread, which does
 * the job from where the one before it ended: nothing is lost, and the result is the same.
 */
export class LaneGroup {
  readonly #problem: AlsProblem;
  readonly #source: KernelSource;
  /** Bytes a factor row. */
  readonly #bytes: number;
  readonly #pacer = new Pacer();
  readonly #home: LocalLane;
  readonly #places: readonly LanePlace[];
  #isDisposed = false;

  /**
   * @param problem its factors are copied
   * @param options.threads lanes at most
   * @param options.workPerThread floating-point operations an epoch for which another thread is worth its while
   * @param options.rank numbers a factor row here, a multiple of eight
   */
  constructor(problem: AlsProblem, options: LaneGroupOptions & { readonly rank: number }) {
    const { source, threads, workPerThread, rank } = options;
    const { users, items } = problem;
    this.#problem = problem;
    this.#source = source;
    this.#bytes = 4 * rank;
    // Three passes over the entries of both sides, and the factors of both sides turned twice.
    const work = rank * (24 * users.columns.length + 4 * rank * (users.rowCount + items.rowCount));
    const laneCount = source.module === null ? 1 : Math.max(1, Math.min(threads, Math.floor(work / workPerThread)));
    const starts = { users: partStarts(users, rank), items: partStarts(items, rank) };
    this.#places = Array.from({ length: laneCount }, (_, lane) => {
      const from = Math.round((lane * partCount) / laneCount);
      const to = Math.round(((lane + 1) * partCount) / laneCount);
      const layout = new MemoryLayout();
      const memory = (side: Side): SideMemory => this.#sideMemory(side, starts[side].slice(from, to + 1), layout);
      return {
        memory: { users: memory('users'), items: memory('items') },
        system: layout.take(8 * rank * rank),
        scratch: layout.take(8 * rank * (rank + 6)),
        layout,
        lane: null,
        isReady: false,
      };
    });
    const [home, ...rest] = this.#places;
    this.#home = this.#openHere(home!);
    this.#home.write(home!.layout.writes);
    home!.isReady = true;
    for (const place of rest) place.lane = new WorkerLane(source.module!, place.layout.byteLength);
    for (const side of sides) {
      const given = side === 'users' ? problem.userFactors : problem.itemFactors;
      const { rowCount } = problem[side];
      this.factors(side).set(padRows(given, { rank: problem.factors, rowCount, stride: rank }));
    }
  }

  /** The kernels of this thread, to call at once. */
  get kernels(): LocalLane['kernels'] {
    return this.#home.kernels;
  }

  /** Where things are in the lane of this thread. */
  get home(): Station {
    return this.#places[0]!;
  }

  /** All factors of a side, in place. */
  factors(side: Side): Float32Array {
    return this.#home.floats(this.home.memory[side].factors, (this.#problem[side].rowCount * this.#bytes) / 4);
  }

  /**
   * A job on every lane, and what each gave, in the order of their rows.
   *
   * @param effect.needs the side of which the job reads the factors of all rows
   * @param effect.changes the sides of which it changes the factors of a lane's own rows
   */
  async run(
    jobOf: (station: Station) => Job,
    { needs, changes = [] }: { readonly needs?: Side; readonly changes?: readonly Side[] } = {},
  ): Promise<JobResult[]> {
    if (this.#isDisposed) throw new DisposedError('This training run was disposed of; open a new one.');
    const shared = needs && this.#places.length > 1 ? share(this.factors(needs)) : null;
    return Promise.all(
      this.#places.map(async (place) => {
        const job = jobOf(place);
        if (place.lane === this.#home) return this.#home.run(job);
        const { writes = [], reads = [] } = job;
        const result = await this.#runAway(place, {
          calls: job.calls,
          writes: shared ? [...writes, [place.memory[needs!].factors, shared]] : writes,
          reads: [...reads, ...changes.map((side) => this.#ownRows(place, side))],
        });
        for (const [index, side] of changes.entries()) {
          const [from] = this.#ownRows(this.#places[0]!, side, place);
          this.#home.bytes.set(result.copies[reads.length + index]!, from);
        }
        return result;
      }),
    );
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const { lane } of this.#places) lane?.close();
  }

  /** A job on a lane that does not hold what counts. */
  async #runAway(place: LanePlace, job: Job): Promise<JobResult> {
    const initial = (): Write[] => [
      ...place.layout.writes,
      ...sides.map((side): Write => [place.memory[side].factors, this.factors(side)]),
    ];
    const whole = place.isReady ? job : { ...job, writes: [...initial(), ...job.writes!] };
    place.isReady = true;
    try {
      return await place.lane!.run(whole);
    } catch (error) {
      if (this.#isDisposed) throw new DisposedError('This training run was disposed of during the call.');
      if (place.lane instanceof LocalLane) throw error;
      this.#openHere(place);
      return place.lane!.run({ ...job, writes: [...initial(), ...job.writes!] });
    }
  }

  #openHere(place: LanePlace): LocalLane {
    const lane = new LocalLane(this.#source.open(place.layout.byteLength), this.#pacer);
    place.lane = lane;
    return lane;
  }

  /** Address and bytes of the factors of the rows of `owner`, where `place` holds them. */
  #ownRows(place: Station, side: Side, owner: Station = place): readonly [number, number] {
    const { starts } = owner.memory[side];
    const first = starts[0]!;
    return [place.memory[side].factors + first * this.#bytes, (starts.at(-1)! - first) * this.#bytes];
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
      factors: layout.take(rowCount * this.#bytes),
      equations: [
        rows(rowOffsets, end + 1),
        entries(columns),
        aAddress,
        b === a ? aAddress : entries(b),
        rows(regularization, end),
      ],
      gramians: layout.take((starts.length - 1) * (this.#bytes ** 2 / 2)),
    };
  }
}

/** Where the parts of a side begin, by equal work, and the row after the last. */
function partStarts({ rowCount, rowOffsets }: RowEquations, rank: number): number[] {
  // A row costs as much as so many entries: it is turned twice.
  const workBefore = (row: number): number => rowOffsets[row]! + (row * rank) / 6;
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
function share(array: Float32Array): Float32Array {
  // Node does not know the word, and always lets them.
  if (!(globalThis.crossOriginIsolated ?? true)) return array;
  const shared = new Float32Array(new SharedArrayBuffer(array.byteLength));
  shared.set(array);
  return shared;
}
