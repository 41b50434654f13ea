/**
 * What a stage has to do, whatever kernels do it: the flops and the bytes that achieved rates are computed from. A
 * multiply-add is two flops; k is the number of factors, e the bytes of an entry (4 for its column, 8 more where it has
 * weights of its own), s the steps of the solver.
 *
 * | stage                                | flops                              | bytes read (through the caches)       |
 * |--------------------------------------|------------------------------------|---------------------------------------|
 * | Gramian of R rows                    | R k (k + 1)                        | 4 R k                                 |
 * | row solves, cg, R rows, E entries    | E (4k (s + 1) + 2k) + 2k² R (s + 1)| E (4k + e) (s + 1) + 4k² R (s + 1)    |
 * | row solves, ew-pcg                   | E (4k (s + 1) + 2k)                | E (4k + e) (s + 1)                    |
 * | rotation of both sides, R rows in all | 2 k² R                            | 4 R k                                 |
 * | fold-in of R rows, E entries         | E (k (k + 1) + 2k) + R (k³ / 3 + 2 k²) | E (4k + e)                        |
 * | scores of Q queries over I items     | 2 Q I k                            | 4 I k                                 |
 * | bounds of Q queries over I items     | 2 Q I k                            | I (k + 16)                            |
 * | top-k of Q queries over I items      | –                                  | Q I / 8                               |
 *
 * A product with a row's matrix gathers each entry's factor row once (4k bytes; dot and multiply-add: 4k flops), its
 * column and its weights; the solver needs one product for its first residual and one per step. The Gramian's
 * part of a product is 2k² flops and, read from caches, 4k² bytes. What a kernel reads more often than that shows as a
 * lower rate; what it keeps on the chip, or combines, as a higher one. Rows that are split are counted with the row
 * solves, and their kernels' time is listed with that of exact solves. Top-k goes through one key of four bytes for every
 * 32 items, if the catalogue is large, and scores the rows of the best again, which is not counted; bounds read a byte a
 * factor, and two numbers twice a row.
 */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
}

/** The counts that the formulas take; 0 where a stage has none. */
export interface WorkShape {
  readonly factors: number;
  /** Column and weights. */
  readonly entryBytes: number;
  /** Rows that are solved. */
  readonly rowCount: number;
  /** Rows of the fixed side, or of the catalogue. */
  readonly columnCount: number;
  readonly entryCount: number;
  readonly solver: 'cg' | 'ew-pcg';
  readonly steps: number;
  readonly queryCount: number;
}

/** A stage: which kernels belong to it, by label, and what it has to do. */
export interface Stage {
  readonly name: string;
  readonly kernels: RegExp;
  readonly work: (shape: WorkShape) => Work | null;
}

/** In the order in which a kernel's label is tried; what none takes is listed with its time alone. */
export const stages: readonly Stage[] = [
  {
    name: 'Gramian',
    kernels: /^gramian/u,
    work: ({ factors, columnCount }) => ({
      flops: columnCount * factors * (factors + 1),
      bytes: 4 * columnCount * factors,
    }),
  },
  { name: 'loss', kernels: /^als-loss/u, work: () => null },
  {
    name: 'exact solves',
    kernels: /^als-(?:normal-equations|combine-parts|cholesky)/u,
    work: ({ factors, entryBytes, rowCount, entryCount, queryCount }) =>
      queryCount === 0
        ? null
        : {
            flops:
              entryCount * (factors * (factors + 1) + 2 * factors) + rowCount * (factors ** 3 / 3 + 2 * factors ** 2),
            bytes: entryCount * (4 * factors + entryBytes),
          },
  },
  {
    name: 'rotation',
    kernels: /^rotat/u,
    work: ({ factors, rowCount, columnCount }) => ({
      flops: 2 * factors ** 2 * (rowCount + columnCount),
      bytes: 4 * (rowCount + columnCount) * factors,
    }),
  },
  // Sweeps until the off-diagonal is small: no count of operations beforehand.
  { name: 'eigenbasis', kernels: /^symmetric-eigen/u, work: () => null },
  {
    name: 'row solves',
    kernels: /^als-/u,
    work: ({ factors, entryBytes, rowCount, entryCount, solver, steps }) => {
      const products = steps + 1;
      const gramianRows = solver === 'cg' ? rowCount : 0;
      return {
        flops: entryCount * (4 * factors * products + 2 * factors) + 2 * factors ** 2 * gramianRows * products,
        bytes: entryCount * (4 * factors + entryBytes) * products + 4 * factors ** 2 * gramianRows * products,
      };
    },
  },
  {
    name: 'scores',
    kernels: /^score-items/u,
    work: ({ factors, columnCount, queryCount }) => ({
      flops: 2 * queryCount * columnCount * factors,
      bytes: 4 * columnCount * factors,
    }),
  },
  {
    name: 'bounds',
    kernels: /^bound-tiles/u,
    work: ({ factors, columnCount, queryCount }) => ({
      flops: 2 * queryCount * columnCount * factors,
      bytes: columnCount * (factors + 16),
    }),
  },
  {
    name: 'top-k',
    kernels: /^(?:select|score-candidates)/u,
    work: ({ columnCount, queryCount }) => ({ flops: 0, bytes: (queryCount * columnCount) / 8 }),
  },
];

/** The stage of a kernel's label, or null. */
export function stageOf(label: string): Stage | null {
  return stages.find(({ kernels }) => kernels.test(label)) ?? null;
}
