import type { Pacer } from '../pacer.ts';
import type { Kernels } from './kernels.ts';
import { bytesOf, type MemoryLayout, type Write } from './memory-layout.ts';
import { pagesOf } from './wasm/wasm-kernels.ts';

/** A kernel and its arguments. */
export type Call = readonly [kernel: Exclude<keyof Kernels, 'memory'>, ...args: number[]];

/** What a lane does in one go. */
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

/** A block of memory with kernels that work on it, on some thread. One job at a time; after its death it rejects. */
export interface Lane {
  run(job: Job): Promise<JobResult>;
  close(): void;
}

/** A lane on this thread, which lets messages through between calls. */
export class LocalLane implements Lane {
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

  /** Makes room for what a call needs, and writes it there. */
  furnish({ byteLength, writes }: MemoryLayout): void {
    const { memory } = this.kernels;
    const missing = byteLength - memory.buffer.byteLength;
    if (missing > 0) memory.grow(pagesOf(missing));
    this.write(writes);
  }

  close(): void {}
}
