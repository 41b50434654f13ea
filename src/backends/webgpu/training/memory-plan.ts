import { scratchByteLengthWanted } from '../../../shaders/solve/als-cholesky.ts';
import type { AlsProblem, SolverName } from '../../backend.ts';
import { GpuLimitError } from '../../../errors.ts';
import { type GpuLimits, largestBinding } from '../../../gpu/device.ts';
import { rowAlignment } from '../factor-pages.ts';
import { leastRowsPerSlice, partialsByteLengthWanted } from '../gramian-pass.ts';
import { rowEquationByteLength } from '../row-equation-list.ts';
import { splitPartCount } from './split-rows.ts';
import { hasUniformWeights } from './training-chunks.ts';
import { eigenvaluesByteLength } from '../../../shaders/gramian/symmetric-eigen.ts';
import { systemByteLength } from '../../../shaders/solve/als-normal-equations.ts';

/** The numbers that determine how much memory training takes. */
export interface TrainingShape {
  readonly factors: number;
  readonly userCount: number;
  readonly itemCount: number;
  /** Interactions; each is stored once per side. */
  readonly entryCount: number;
  /** Parts of split rows (`splitPartCount`); default 0. */
  readonly partCount?: number | undefined;
  /** `pairs`: (a, b) per entry, 8 bytes; `uniform`: all entries share one pair, which is stored once. */
  readonly weights: 'pairs' | 'uniform';
  /**
   * Whether all rows are solved exactly (`cholesky`), one batch of systems at a time. Default false: only split rows.
   */
  readonly isExact?: boolean | undefined;
}

/** The memory that is available. */
export interface MemoryBounds {
  readonly limits: GpuLimits;
  /** A software adapter sums Gramians in fewer, longer slices. Default false. */
  readonly isSoftware?: boolean | undefined;
  /** The most bytes of all buffers together. Default: unlimited, since WebGPU does not report the GPU's memory. */
  readonly mostBytes?: number | undefined;
}

/** One array, cut into as many buffers as the size of a binding requires. Bytes. */
export interface PlannedArray {
  readonly name: string;
  readonly byteLength: number;
  readonly partCount: number;
  readonly largestPartByteLength: number;
}

/** What training would allocate. Bytes. */
export interface MemoryPlan {
  readonly shape: TrainingShape;
  readonly arrays: readonly PlannedArray[];
  /** All arrays together. */
  readonly byteLength: number;
  readonly largestBindingByteLength: number;
  /** Additional bytes while the factors are read back. */
  readonly readBackByteLength: number;
  /** Why the plan does not fit, with the numbers; empty if it fits. */
  readonly obstacles: readonly string[];
  /** What would fit instead; empty if the plan fits or if nothing does. */
  readonly alternatives: readonly string[];
}

/** Kernels bind one side's factors as at most two buffers. */
const mostFactorParts = 2;

/**
 * Plans the buffers of one training run from counts and limits alone, so that `WebGpuTraining` can refuse a problem
 * before it allocates. Per side, an entry takes 4 bytes (its column), and 8 more with `pairs`. A row takes 20 bytes and
 * its factors.
 */
export function planTraining(shape: TrainingShape, bounds: MemoryBounds): MemoryPlan {
  const plan = { shape, ...sizes(shape, bounds) };
  return { ...plan, alternatives: plan.obstacles.length === 0 ? [] : alternatives(shape, bounds) };
}

/** The shape of a problem. Rows with more than `longestPart` entries are split. */
export function trainingShapeOf(
  { factors, users, items }: Pick<AlsProblem, 'factors' | 'users' | 'items'>,
  { solver, longestPart }: { readonly solver: SolverName; readonly longestPart: number },
): TrainingShape {
  return {
    factors,
    userCount: users.rowCount,
    itemCount: items.rowCount,
    entryCount: users.columns.length,
    partCount: splitPartCount({ users, items }, longestPart),
    weights: hasUniformWeights(users) ? 'uniform' : 'pairs',
    isExact: solver === 'cholesky',
  };
}

/**
 * Throws if a plan does not fit.
 *
 * @throws {GpuLimitError} the plan does not fit; the message says what it needs, what there is, and what would fit
 */
export function requireFit({ shape, obstacles, alternatives: others }: MemoryPlan): void {
  if (obstacles.length === 0) return;
  const would = others.length === 0 ? '' : ` What would fit: ${others.join('; or ')}.`;
  throw new GpuLimitError(
    `Training ${shape.entryCount} interactions of ${shape.userCount} users and ${shape.itemCount} items with ` +
      `${shape.factors} factors does not fit this GPU: ${obstacles.join('; ')}.${would} The cpu back end has no such limits.`,
  );
}

function sizes(
  shape: TrainingShape,
  { limits, isSoftware = false, mostBytes = Infinity }: MemoryBounds,
): Pick<MemoryPlan, 'arrays' | 'byteLength' | 'largestBindingByteLength' | 'readBackByteLength' | 'obstacles'> {
  const { userCount, itemCount, entryCount, partCount = 0, isExact = false } = shape;
  const most = largestBinding(limits);
  const rankVectors = Math.ceil(shape.factors / 4);
  const factorRow = 16 * rankVectors;
  const gramian = factorRow ** 2 / 4;
  const rowsPerPart = Math.max(1, Math.floor(most / factorRow / rowAlignment)) * rowAlignment;
  const sideArrays = (side: string, rowCount: number): PlannedArray[] => [
    cut(`${side} factors`, rowCount * factorRow, rowsPerPart * factorRow),
    cut(`${side} rows`, rowCount * rowEquationByteLength, most),
    cut(`${side} columns`, 4 * entryCount, most),
    cut(`${side} weights`, shape.weights === 'pairs' ? 8 * entryCount : 8, most),
    cut(`${side} loss`, 4 * rowCount, most),
  ];
  const slices = (rowCount: number): number =>
    Math.min(Math.ceil(rowCount / leastRowsPerSlice(isSoftware)), Math.floor(partialsByteLengthWanted / gramian));
  const systemCount = isExact ? Math.max(userCount, itemCount, partCount) : partCount;
  const scratch = Math.min(systemCount * systemByteLength(rankVectors), scratchByteLengthWanted, most);
  const arrays = [
    ...sideArrays('user', userCount),
    ...sideArrays('item', itemCount),
    ...(systemCount > 0 ? [cut('normal equations', scratch, most)] : []),
    ...(partCount > 0 ? [cut('parts of rows', 16 * partCount, most)] : []),
    cut('Gramians', 2 * gramian, gramian),
    cut('eigenbasis', gramian + eigenvaluesByteLength(rankVectors), gramian),
    cut('partial Gramians', Math.max(1, slices(userCount), slices(itemCount)) * gramian, most),
  ];
  const byteLength = arrays.reduce((sum, array) => sum + array.byteLength, 0);
  const obstacles = arrays
    .filter(({ name, partCount }) => name.endsWith('factors') && partCount > mostFactorParts)
    .map(
      (array) =>
        `the ${array.name} take ${array.byteLength} bytes, and ${mostFactorParts} bindings hold ` +
        `${mostFactorParts * rowsPerPart * factorRow}`,
    );
  if (gramian > most) obstacles.push(`a Gramian takes ${gramian} bytes, and a binding holds ${most}`);
  if (byteLength > mostBytes) obstacles.push(`all buffers take ${byteLength} bytes of ${mostBytes}`);
  return {
    arrays,
    byteLength,
    largestBindingByteLength: Math.max(...arrays.map(({ largestPartByteLength }) => largestPartByteLength)),
    readBackByteLength: (userCount + itemCount) * factorRow,
    obstacles,
  };
}

function cut(name: string, byteLength: number, mostPartBytes: number): PlannedArray {
  const partCount = Math.max(1, Math.ceil(byteLength / mostPartBytes));
  return { name, byteLength, partCount, largestPartByteLength: Math.min(byteLength, mostPartBytes) };
}

function alternatives(shape: TrainingShape, bounds: MemoryBounds): string[] {
  const fits = (changed: Partial<TrainingShape>): boolean =>
    sizes({ ...shape, ...changed }, bounds).obstacles.length === 0;
  const found: string[] = [];
  let factors = 4 * Math.ceil(shape.factors / 4) - 4;
  while (factors > 0 && !fits({ factors })) factors -= 4;
  if (factors > 0) found.push(`${factors} factors`);
  const entryCount = largestThatFits(shape.entryCount, (count) => fits({ entryCount: count }));
  if (entryCount > 0) found.push(`the newest ${entryCount} interactions`);
  return found;
}

/** The largest integer below `bound` that fits, if all smaller ones fit too; 0 if none does. */
function largestThatFits(bound: number, fits: (count: number) => boolean): number {
  let [low, high] = [0, bound];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
