import * as usage from './buffer-usage.ts';

/** Parameters of one page's dispatches; 64 structs of up to 256 bytes. */
export const pageByteLength = 16_384;

/** A uniform buffer, and its bytes while they are written. */
export interface UniformPage {
  readonly buffer: GPUBuffer;
  readonly bytes: Uint8Array<ArrayBuffer>;
  used: number;
}

/**
 * Uniform buffers in pages. A command batch fills pages while it encodes, uploads them right before its submit, and
 * gives them back: the queue runs in order, so a page can be filled anew as soon as its batch was submitted.
 */
export class UniformArena {
  readonly #device: GPUDevice;
  readonly #free: UniformPage[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A page to fill from its start. */
  take(): UniformPage {
    const page = this.#free.pop() ?? {
      buffer: this.#device.createBuffer({
        label: 'kernel parameters',
        size: pageByteLength,
        usage: usage.uniform | usage.copyDestination,
      }),
      bytes: new Uint8Array(pageByteLength),
      used: 0,
    };
    page.used = 0;
    return page;
  }

  /** Takes pages back. */
  release(pages: readonly UniformPage[]): void {
    this.#free.push(...pages);
  }
}
