/** Rows of interactions by column, growing as a file is read. */
export class InteractionColumns {
  #users = new Uint32Array(1024);
  #items = new Uint32Array(1024);
  #values = new Float32Array(1024);
  /** Seconds since 1970; NaN where a row has no time. null where nobody asked for times. */
  #times: Float64Array | null;
  #count = 0;

  constructor({ withTimes }: { readonly withTimes: boolean }) {
    this.#times = withTimes ? new Float64Array(1024) : null;
  }

  get count(): number {
    return this.#count;
  }

  push(user: number, item: number, value: number, time: number): void {
    if (this.#count === this.#users.length) this.#grow();
    this.#users[this.#count] = user;
    this.#items[this.#count] = item;
    this.#values[this.#count] = value;
    if (this.#times !== null) this.#times[this.#count] = time;
    this.#count++;
  }

  get users(): Uint32Array {
    return this.#users.subarray(0, this.#count);
  }

  get items(): Uint32Array {
    return this.#items.subarray(0, this.#count);
  }

  get values(): Float32Array {
    return this.#values.subarray(0, this.#count);
  }

  /** Seconds since 1970; NaN where a row has none. */
  get times(): Float64Array {
    if (this.#times === null) throw new Error('Internal: these columns were made without times.');
    return this.#times.subarray(0, this.#count);
  }

  #grow(): void {
    const length = this.#users.length * 2;
    const larger = <Numbers extends Uint32Array | Float32Array | Float64Array>(
      target: Numbers,
      old: Numbers,
    ): Numbers => {
      target.set(old);
      return target;
    };
    this.#users = larger(new Uint32Array(length), this.#users);
    this.#items = larger(new Uint32Array(length), this.#items);
    this.#values = larger(new Float32Array(length), this.#values);
    if (this.#times !== null) this.#times = larger(new Float64Array(length), this.#times);
  }
}
