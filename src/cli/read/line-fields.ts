const quote = 34;
const space = 32;

/** The fields of one line at a time, as places in its bytes; nothing is allocated for a line without quotes. */
export class LineFields {
  /** Fields of the line last split; at most as many as the places given. */
  count = 0;
  bytes: Uint8Array = new Uint8Array(0);
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #delimiter: Uint8Array;

  /** @param maximum fields kept of a line; more are counted and not kept */
  constructor(delimiter: string, maximum: number) {
    this.#delimiter = new TextEncoder().encode(delimiter);
    this.starts = new Int32Array(maximum);
    this.ends = new Int32Array(maximum);
  }

  /**
   * Splits a line. A field may stand in quotes, with a doubled quote for a quote (RFC 4180); blanks around a field are
   * no part of it.
   *
   * @returns false where a quote is not closed, or text follows the closing one
   */
  split(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.count = 0;
    let from = start;
    for (let at = start; at < end;) {
      if (bytes[at] === quote) {
        this.count = 0;
        return this.#splitQuoted(bytes, start, end);
      }
      if (this.#isDelimiter(at, end)) {
        this.#add(from, at);
        at += this.#delimiter.length;
        from = at;
      } else at++;
    }
    this.#add(from, end);
    return true;
  }

  /** A field as text. */
  text(field: number): string {
    return new TextDecoder().decode(this.bytes.subarray(this.starts[field], this.ends[field]));
  }

  isEmpty(field: number): boolean {
    return this.starts[field] === this.ends[field];
  }

  /** The field as a number; NaN where it is none. */
  number(field: number): number {
    const { bytes } = this;
    const end = this.ends[field]!;
    let at = this.starts[field]!;
    // Plain decimals of at most 15 digits are exact as one division of two exact numbers; the rest is rare.
    let number = 0;
    let scale = 0;
    const digitsEnd = at + 16;
    if (at === end) return Number.NaN;
    for (; at < end && at < digitsEnd; at++) {
      const byte = bytes[at]!;
      if (byte >= 48 && byte <= 57) {
        number = number * 10 + byte - 48;
        scale *= 10;
      } else if (byte === 46 && scale === 0) scale = 1;
      else break;
    }
    if (at === end && end - this.starts[field]! <= 15) {
      if (scale === 0) return number;
      if (end - this.starts[field]! > 1) return number / scale;
    }
    const text = this.text(field);
    return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u.test(text) ? Number(text) : Number.NaN;
  }

  #isDelimiter(at: number, end: number): boolean {
    const delimiter = this.#delimiter;
    if (this.bytes[at] !== delimiter[0] || at + delimiter.length > end) return false;
    return delimiter.length === 1 || this.bytes[at + 1] === delimiter[1];
  }

  #add(start: number, end: number): void {
    if (this.count < this.starts.length) {
      let from = start;
      let to = end;
      while (from < to && this.bytes[from] === space) from++;
      while (to > from && this.bytes[to - 1] === space) to--;
      this.starts[this.count] = from;
      this.ends[this.count] = to;
    }
    this.count++;
  }

  /** Writes the fields without their quotes one after another into bytes of its own. */
  #splitQuoted(line: Uint8Array, start: number, end: number): boolean {
    const plain = new Uint8Array(end - start);
    let length = 0;
    let at = start;
    while (at <= end) {
      const from = length;
      this.bytes = line;
      let next = at;
      while (next < end && line[next] === space) next++;
      const isQuoted = next < end && line[next] === quote;
      if (isQuoted) {
        at = next + 1;
        for (; ; at++) {
          if (at >= end) return false;
          if (line[at] === quote) {
            if (at + 1 >= end || line[at + 1] !== quote) break;
            at++;
          }
          plain[length++] = line[at]!;
        }
        at++;
        while (at < end && line[at] === space) at++;
        if (at < end && !this.#isDelimiter(at, end)) return false;
      } else {
        for (; at < end && !this.#isDelimiter(at, end); at++) plain[length++] = line[at]!;
      }
      this.bytes = plain;
      if (isQuoted && this.count < this.starts.length) {
        this.starts[this.count] = from;
        this.ends[this.count] = length;
        this.count++;
      } else this.#add(from, length);
      if (at >= end) break;
      at += this.#delimiter.length;
    }
    this.bytes = plain;
    return true;
  }
}
