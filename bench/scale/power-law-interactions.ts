import { Xoshiro128 } from '../../src/model/random.ts';
import { CsrMatrix } from '../../src/data/csr-matrix.ts';

/** How large, and how uneven. */
export interface PowerLawShape {
  readonly userCount: number;
  readonly itemCount: number;
  /** Exactly so many, none twice. */
  readonly interactionCount: number;
  /** Items of the least and the most active user. */
  readonly degrees: readonly [least: number, most: number];
  readonly seed: number;
}

/** The counts of MovieLens 20M (Harper and Konstan 2015), whose users have rated 20 to 9,254 films. */
export const movielens20M: PowerLawShape = {
  userCount: 138_493,
  itemCount: 26_744,
  interactionCount: 20_000_263,
  degrees: [20, 9254],
  seed: 20,
};

/** Popularity of the item of rank r is (r + 400)^−2: the head is flat, the tail a power law, as in MovieLens 20M. */
const itemHead = 400;
const itemExponent = 2;

/**
 * Items a user, by a bounded Pareto law whose exponent is chosen so that they add up to `interactionCount` exactly;
 * in an order that the seed decides.
 *
 * @throws {RangeError} counts that no degrees within the bounds add up to
 */
export function userDegrees(shape: PowerLawShape): Uint32Array {
  const { userCount, interactionCount, degrees: bounds, seed } = shape;
  const [least, most] = bounds;
  if (interactionCount < userCount * least || interactionCount > userCount * most) {
    throw new RangeError(
      `${userCount} users of ${least} to ${most} items cannot have ${interactionCount} interactions.`,
    );
  }
  const quantiles = (exponent: number): Uint32Array => {
    const degrees = new Uint32Array(userCount);
    const span = 1 - (least / most) ** exponent;
    for (let rank = 0; rank < userCount; rank++) {
      const degree = least * (1 - ((rank + 0.5) / userCount) * span) ** (-1 / exponent);
      degrees[rank] = Math.min(most, Math.max(least, Math.round(degree)));
    }
    return degrees;
  };
  // The sum falls with the exponent.
  let [low, high] = [-20, 20];
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2;
    if (sumOf(quantiles(middle === 0 ? 1e-9 : middle)) > interactionCount) low = middle;
    else high = middle;
  }
  const degrees = quantiles(high);
  // What rounding left over is spread over the users in turn.
  for (let rest = interactionCount - sumOf(degrees), user = 0; rest !== 0; user = (user + 1) % userCount) {
    const step = Math.sign(rest);
    if (degrees[user]! + step < least || degrees[user]! + step > most) continue;
    degrees[user]! += step;
    rest -= step;
  }
  shuffle(degrees, Xoshiro128.fromSeed(seed));
  return degrees;
}

/**
 * The items of one user after the other, ascending and none twice; nothing is kept but one row. The array is the
 * same each time: copy it.
 */
export function* powerLawRows(shape: PowerLawShape): Generator<Uint32Array> {
  const { itemCount, seed } = shape;
  const degrees = userDegrees(shape);
  const random = Xoshiro128.fromSeed(seed + 1);
  const items = Uint32Array.from({ length: itemCount }, (_, item) => item);
  shuffle(items, random);
  const popularity = new AliasTable(Float64Array.from(items, (_, rank) => (rank + itemHead) ** -itemExponent));
  const seenBy = new Uint32Array(itemCount);
  const row = new Uint32Array(shape.degrees[1]);
  for (const [user, degree] of degrees.entries()) {
    for (let count = 0; count < degree;) {
      const rank = popularity.draw(random);
      if (seenBy[rank] === user + 1) continue;
      seenBy[rank] = user + 1;
      row[count++] = items[rank]!;
    }
    yield row.subarray(0, degree).sort();
  }
}

/** The matrix of those rows, users × items, every value 1; filled in place, row by row. */
export function powerLawMatrix(shape: PowerLawShape): CsrMatrix {
  const { userCount, itemCount, interactionCount } = shape;
  const offsets = new Uint32Array(userCount + 1);
  const columns = new Uint32Array(interactionCount);
  let user = 0;
  for (const row of powerLawRows(shape)) {
    columns.set(row, offsets[user]);
    offsets[user + 1] = offsets[user]! + row.length;
    user++;
  }
  return new CsrMatrix(userCount, itemCount, offsets, columns, new Float32Array(interactionCount).fill(1));
}

/** Draws from a discrete distribution in constant time (Walker 1977, set up as Vose 1991 does). */
class AliasTable {
  readonly #threshold: Float64Array;
  readonly #alias: Uint32Array;

  constructor(weights: Float64Array) {
    const count = weights.length;
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / count;
    this.#threshold = weights.map((weight) => weight / mean);
    this.#alias = new Uint32Array(count);
    const small: number[] = [];
    const large: number[] = [];
    for (const [index, share] of this.#threshold.entries()) (share < 1 ? small : large).push(index);
    while (small.length > 0 && large.length > 0) {
      const [poor, rich] = [small.pop()!, large.pop()!];
      this.#alias[poor] = rich;
      this.#threshold[rich]! -= 1 - this.#threshold[poor]!;
      (this.#threshold[rich]! < 1 ? small : large).push(rich);
    }
    // Only rounding can leave these over.
    for (const index of [...small, ...large]) this.#threshold[index] = 1;
  }

  draw(random: Xoshiro128): number {
    const index = random.nextBelow(this.#threshold.length);
    return random.nextUint32() / 2 ** 32 < this.#threshold[index]! ? index : this.#alias[index]!;
  }
}

function shuffle(numbers: Uint32Array, random: Xoshiro128): void {
  for (let last = numbers.length - 1; last > 0; last--) {
    const other = random.nextBelow(last + 1);
    [numbers[last], numbers[other]] = [numbers[other]!, numbers[last]!];
  }
}

function sumOf(numbers: Uint32Array): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
