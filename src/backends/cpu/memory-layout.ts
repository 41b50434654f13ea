/** An array and the address to write it to before a job. */
export type Write = readonly [address: number, source: ArrayBufferView];

/** Addresses are multiples of a cache line, in bytes. 0 is never one, since it means "none". */
const alignment = 64;

/** Assigns addresses in a block of memory that is allocated afterwards, when its size is known. */
export class MemoryLayout {
  /** The initial contents to write. */
  readonly writes: Write[] = [];
  byteLength: number;

  /** @param start the first address */
  constructor(start = alignment) {
    this.byteLength = start;
  }

  /** Reserves `bytes` bytes; returns their address. */
  take(bytes: number): number {
    const address = this.byteLength;
    this.byteLength += Math.ceil(bytes / alignment) * alignment;
    return address;
  }

  /** Reserves room for an array and adds it to `writes`; returns its address. */
  place(source: ArrayBufferView): number {
    const address = this.take(source.byteLength);
    this.writes.push([address, source]);
    return address;
  }
}

/** The bytes of an array. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
