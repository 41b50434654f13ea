/** Whole numbers below this are found by place, others by hash. */
const directLimit = 1 << 22;
/** Digits of a whole number that a double holds exactly, whatever they are. */
const exactDigits = 15;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Gives ids rows in the order of their first appearance, reading them straight from bytes: a file of millions of rows
 * makes no string for an id that it has seen, where ids are whole numbers.
 */
export class IdTable {
  readonly #byPlace = new GrowingRows();
  readonly #byNumber = new Map<number, number>();
  readonly #byText = new Map<string, number>();
  /** By row. A whole number without leading zeros stands as a number. */
  readonly #names: (number | string)[] = [];

  get size(): number {
    return this.#names.length;
  }

  /** The row of the id in `bytes[start … end]`, which is not empty; a new one where the id is new. */
  rowOf(bytes: Uint8Array, start: number, end: number): number {
    const number = wholeNumberOf(bytes, start, end);
    if (number < 0) return this.#rowOfText(decoder.decode(bytes.subarray(start, end)));
    if (number < directLimit) {
      let row = this.#byPlace.get(number);
      if (row < 0) this.#byPlace.set(number, (row = this.#add(number)));
      return row;
    }
    let row = this.#byNumber.get(number);
    if (row === undefined) this.#byNumber.set(number, (row = this.#add(number)));
    return row;
  }

  /**
   * The ids in ascending order, and by row where the id stands there: whole numbers by size; where any id is none,
   * all by their characters' codes. So the numbering does not depend on the order of the rows of a file.
   */
  sorted(): { readonly ids: string[]; readonly placeOf: Uint32Array } {
    const names = this.#names;
    const order = names.map((_, row) => row);
    if (names.every((name) => typeof name === 'number')) {
      order.sort((left, right) => (names[left] as number) - (names[right] as number));
    } else {
      const texts = names.map(String);
      order.sort((left, right) => (texts[left]! < texts[right]! ? -1 : texts[left]! > texts[right]! ? 1 : 0));
    }
    const placeOf = new Uint32Array(names.length);
    for (const [place, row] of order.entries()) placeOf[row] = place;
    return { ids: order.map((row) => String(names[row])), placeOf };
  }

  #rowOfText(text: string): number {
    let row = this.#byText.get(text);
    if (row === undefined) this.#byText.set(text, (row = this.#add(text)));
    return row;
  }

  #add(name: number | string): number {
    return this.#names.push(name) - 1;
  }
}

/** The number that the bytes spell in its usual form (`7`, not `07`); −1 where they spell none. */
function wholeNumberOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > exactDigits || (bytes[start] === 48 && end - start > 1)) return -1;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** Rows by small whole number; −1 where there is none. */
class GrowingRows {
  #rows = new Int32Array(1024).fill(-1);

  get(number: number): number {
    return number < this.#rows.length ? this.#rows[number]! : -1;
  }

  set(number: number, row: number): void {
    if (number >= this.#rows.length) {
      const larger = new Int32Array(Math.min(directLimit, Math.max(number + 1, this.#rows.length * 2))).fill(-1);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[number] = row;
  }
}
