/** An array that goes to an address before a job. */
export type Write = readonly [address: number, source: ArrayBufferView];

/** Addresses are multiples of a cache line, and above 0, which means "none". */
const alignment = 64;

/** Hands out addresses in a block of memory that is made afterwards, when its size is known. */
export class MemoryLayout {
  /** What is to be written there at first. */
  readonly writes: Write[] = [];
  byteLength: number;

  /** @param start where the first address is */
  constructor(start = alignment) {
    this.byteLength = start;
  }

  /** Room for so many bytes. */
  take(bytes: number): number {
    const address = this.byteLength;
    this.byteLength += Math.ceil(bytes / alignment) * alignment;
    return address;
  }

  /** Room for an array and what is in it. */
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
