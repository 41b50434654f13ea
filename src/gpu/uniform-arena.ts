import { bufferUsage } from './buffer-usage.ts';
import { roundUp } from './uniform-struct.ts';

/** Parameters of one page's dispatches; 64 structs of up to 256 bytes. */
const pageByteLength = 16_384;

/** A part of a uniform buffer that holds one dispatch's parameters. */
export interface UniformSlot {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

interface Page {
  readonly buffer: GPUBuffer;
  readonly bytes: Uint8Array<ArrayBuffer>;
  used: number;
}

/**
 * Uniform buffers in pages. A command batch fills slots while it encodes and uploads its pages right before its
 * submit; the queue runs in order, so a page can be filled anew as soon as its batch was submitted.
 */
export class UniformArena {
  readonly #device: GPUDevice;
  readonly #free: Page[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A writer for one command batch. */
  writer(): UniformWriter {
    return new UniformWriter(this.#device, this.#free);
  }
}

/** The parameters of one command batch. */
export class UniformWriter {
  readonly #device: GPUDevice;
  readonly #free: Page[];
  #pages: Page[] = [];

  constructor(device: GPUDevice, free: Page[]) {
    this.#device = device;
    this.#free = free;
  }

  /** Copies `bytes` into a slot; they reach the GPU with `upload`. */
  write(bytes: Uint8Array): UniformSlot {
    const alignment = this.#device.limits.minUniformBufferOffsetAlignment;
    let page = this.#pages.at(-1);
    if (!page || page.used + bytes.byteLength > pageByteLength) {
      page = this.#free.pop() ?? this.#createPage();
      page.used = 0;
      this.#pages.push(page);
    }
    const offset = page.used;
    page.bytes.set(bytes, offset);
    page.used = roundUp(offset + bytes.byteLength, alignment);
    return { buffer: page.buffer, offset, size: bytes.byteLength };
  }

  /** Queues the upload of all slots. Call right before the submit, then `release`. */
  upload(): void {
    for (const { buffer, bytes, used } of this.#pages) {
      this.#device.queue.writeBuffer(buffer, 0, bytes, 0, Math.min(used, pageByteLength));
    }
  }

  /** Gives the pages back. */
  release(): void {
    this.#free.push(...this.#pages);
    this.#pages = [];
  }

  #createPage(): Page {
    return {
      buffer: this.#device.createBuffer({
        label: 'kernel parameters',
        size: pageByteLength,
        usage: bufferUsage.uniform | bufferUsage.copyDestination,
      }),
      bytes: new Uint8Array(pageByteLength),
      used: 0,
    };
  }
}
