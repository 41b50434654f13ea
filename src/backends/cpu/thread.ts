import type { Pacer } from '../pacer.ts';
import { type Kernels, reserve } from './kernels.ts';
import { bytesOf, type MemoryLayout, type Write } from './memory-layout.ts';

/** A call of a kernel: its name and arguments. */
export type Call = readonly [kernel: Exclude<keyof Kernels, 'memory' | 'reserve'>, ...args: number[]];

/** What a thread does at a time: first the writes, then the calls, then the reads. */
export interface Job {
  readonly writes?: readonly Write[];
  readonly calls?: readonly Call[];
  /** Address and length of the memory to return. */
  readonly reads?: readonly (readonly [address: number, byteLength: number])[];
}

/** The result of a job. */
export interface JobResult {
  /** The return value of each call. */
  readonly results: readonly number[];
  /** Copies of the memory that was read, in the order of `reads`. */
  readonly copies: readonly Uint8Array[];
}

/** A thread with kernels and a memory block of its own. It runs one job at a time; after its death, jobs reject. */
export interface Thread {
  run(job: Job): Promise<JobResult>;
  close(): void;
}

/** Runs jobs on the calling thread and lets messages through between the calls of a job. */
export class LocalThread implements Thread {
  readonly kernels: Kernels;
  readonly #pacer: Pacer;

  constructor(kernels: Kernels, pacer: Pacer) {
    this.kernels = kernels;
    this.#pacer = pacer;
  }

  /** A view of the whole memory. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.kernels.memory.buffer);
  }

  /** A view of `length` floats at `address`. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.kernels.memory.buffer, address, length);
  }

  async run({ writes = [], calls = [], reads = [] }: Job): Promise<JobResult> {
    // Lets the caller post jobs to other threads before this one is busy.
    await Promise.resolve();
    this.write(writes);
    const results: number[] = [];
    for (const [kernel, ...args] of calls) {
      results.push((this.kernels[kernel] as (...args: number[]) => number)(...args));
      if (this.#pacer.isDue) await this.#pacer.yield();
    }
    return { results, copies: reads.map(([address, length]) => this.bytes.slice(address, address + length)) };
  }

  write(writes: readonly Write[]): void {
    for (const [address, source] of writes) this.bytes.set(bytesOf(source), address);
  }

  /**
   * Grows the memory to the size of a layout and writes its arrays to their addresses. Earlier views may become
   * detached.
   *
   * @throws {RangeError} there is not enough memory
   */
  load({ byteLength, writes }: MemoryLayout): void {
    reserve(this.kernels, byteLength);
    this.write(writes);
  }

  close(): void {}
}
