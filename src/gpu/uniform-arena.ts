import * as usage from './buffer-usage.ts';

/** Bytes of one block: room for at least 64 dispatches, whose parameters take up to 256 bytes each. */
export const blockByteLength = 16_384;

/** A uniform buffer with a copy of its bytes on the host, filled up to `used`. */
export interface UniformBlock {
  readonly buffer: GPUBuffer;
  readonly bytes: Uint8Array<ArrayBuffer>;
  used: number;
}

/**
 * A pool of uniform buffers. A command batch fills blocks while it encodes, uploads them right before its submit, and
 * returns them. The queue runs in order, so a block can be reused as soon as its batch was submitted.
 */
export class UniformArena {
  readonly #device: GPUDevice;
  readonly #free: UniformBlock[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Takes an empty block, creating one if none is free. */
  take(): UniformBlock {
    const block = this.#free.pop() ?? {
      buffer: this.#device.createBuffer({
        label: 'kernel parameters',
        size: blockByteLength,
        usage: usage.uniform | usage.copyDestination,
      }),
      bytes: new Uint8Array(blockByteLength),
      used: 0,
    };
    block.used = 0;
    return block;
  }

  /** Returns blocks to the pool. */
  release(blocks: readonly UniformBlock[]): void {
    this.#free.push(...blocks);
  }
}
