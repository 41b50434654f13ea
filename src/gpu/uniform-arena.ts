import * as usage from './buffer-usage.ts';

/** Bytes of one block: the parameters of 64 dispatches or more, at up to 256 bytes each. */
export const blockByteLength = 16_384;

/** A uniform buffer, and its bytes while they are written. */
export interface UniformBlock {
  readonly buffer: GPUBuffer;
  readonly bytes: Uint8Array<ArrayBuffer>;
  used: number;
}

/**
 * Uniform buffers in blocks. A command batch fills blocks while it encodes, uploads them right before its submit, and
 * gives them back: the queue runs in order, so a block can be filled anew as soon as its batch was submitted.
 */
export class UniformArena {
  readonly #device: GPUDevice;
  readonly #free: UniformBlock[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A block to fill from its start. */
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

  /** Takes blocks back. */
  release(blocks: readonly UniformBlock[]): void {
    this.#free.push(...blocks);
  }
}
