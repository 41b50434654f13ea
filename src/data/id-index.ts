import { InvalidDataError, UnknownItemError } from '../errors.ts';

/** Maps string ids to rows and back. Rows are numbered from 0, in the order of the given ids. */
export class IdIndex {
  readonly #rowOf = new Map<string, number>();

  /** @throws {InvalidDataError} an id is empty or occurs twice */
  constructor(readonly ids: readonly string[]) {
    for (const [row, id] of ids.entries()) {
      if (id === '') throw new InvalidDataError(`Id number ${row} is empty; every item needs a non-empty id.`);
      if (this.#rowOf.has(id)) {
        throw new InvalidDataError(`Id ${JSON.stringify(id)} stands twice (rows ${this.#rowOf.get(id)} and ${row}).`);
      }
      this.#rowOf.set(id, row);
    }
  }

  /**
   * The row of an id.
   *
   * @param name the option or call that the id came from, for the error
   * @throws {UnknownItemError} the id is unknown; names it and `name`
   */
  rowOf(id: string, name = 'The call'): number {
    const row = this.#rowOf.get(id);
    if (row === undefined) {
      throw new UnknownItemError(
        `${name} names ${JSON.stringify(id)}, which is not among the ${this.ids.length} items of this model.`,
      );
    }
    return row;
  }

  /** The row of an id, or undefined if it is unknown: for data that may know newer items than the model. */
  find(id: string): number | undefined {
    return this.#rowOf.get(id);
  }

  /** The id of a row of this index. */
  idOf(row: number): string {
    return this.ids[row]!;
  }
}
