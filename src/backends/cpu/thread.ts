import type { Pacer } from '../pacer.ts';
import { type Kernels, reserve } from './kernels.ts';
import { bytesOf, type MemoryLayout, type Write } from './memory-layout.ts';

/** A kernel and its arguments. */
export type Call = readonly [kernel: Exclude<keyof Kernels, 'memory' | 'reserve'>, ...args: number[]];

/** What a thread does in one go: first the writes, then the calls, then the reads. */
export interface Job {
  readonly writes?: readonly Write[];
  readonly calls?: readonly Call[];
  /** Address and bytes of what comes back. */
  readonly reads?: readonly (readonly [address: number, byteLength: number])[];
}

/** What a job gave. */
export interface JobResult {
  /** What each call returned. */
  readonly results: readonly number[];
  /** What was read, in the order of `reads`. */
  readonly copies: readonly Uint8Array[];
}

/** Some thread with kernels and a block of memory of their own. One job at a time; jobs after its death reject. */
export interface Thread {
  run(job: Job): Promise<JobResult>;
  close(): void;
}

/** The calling thread, which lets messages through between the calls of a job. */
export class LocalThread implements Thread {
  readonly kernels: Kernels;
  readonly #pacer: Pacer;

  constructor(kernels: Kernels, pacer: Pacer) {
    this.kernels = kernels;
    this.#pacer = pacer;
  }

  /** The memory. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.kernels.memory.buffer);
  }

  /** Numbers in the memory. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.kernels.memory.buffer, address, length);
  }

  async run({ writes = [], calls = [], reads = [] }: Job): Promise<JobResult> {
    // The other threads get their jobs before this one is busy.
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
   * Grows the memory to what a layout takes, and writes its arrays to their addresses. Views from before may be detached.
   *
   * @throws {RangeError} there is not so much memory
   */
  load({ byteLength, writes }: MemoryLayout): void {
    reserve(this.kernels, byteLength);
    this.write(writes);
  }

  close(): void {}
}
