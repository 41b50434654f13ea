import { expect } from 'vitest';
import { type BufferRange, BufferScope } from '../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../src/gpu/command-batch.ts';
import { readBuffers } from '../../../src/gpu/read-back.ts';
import { encodeCompressRows } from '../../../src/shaders/rank/compress-rows.ts';
import type { CodedPage, RankingBatch } from '../../../src/shaders/rank/ranking.ts';
import { encodeScoreItems } from '../../../src/shaders/rank/score-items.ts';
import { rankingBatch } from './ranking-batch.ts';
import { randomNumbers } from '../synthetic.ts';
import { validated } from '../validated-gpu.ts';

/** A catalogue and queries, for the kernels that rank by tiles of 32 items. */
export interface Catalogue {
  /** A multiple of 4: padding is the engine's business. */
  readonly factors: number;
  readonly rowCount: number;
  readonly itemFactors: Float32Array;
  readonly scales: Float32Array;
  readonly biases: Float32Array;
  readonly queries: Float32Array;
  readonly mask?: Uint32Array;
  readonly maskStride?: number;
  readonly pageRows?: number;
}

/** Of `rowCount` items. */
export function randomCatalogue(rowCount: number, { rank = 8, queryCount = 2 } = {}): Catalogue {
  return {
    factors: rank,
    rowCount,
    itemFactors: randomNumbers(rowCount * rank, { seed: rowCount + 1 }),
    // As the engine makes them: not negative.
    scales: randomNumbers(rowCount, { seed: 5 }).map(Math.abs),
    biases: randomNumbers(rowCount, { seed: 6, scale: 0.1 }),
    queries: randomNumbers(queryCount * rank, { seed: rowCount + 2 }),
  };
}

/** How many tiles it has. */
export const tilesOf = ({ rowCount }: Catalogue): number => Math.ceil(rowCount / 32);
export const queryCountOf = ({ queries, factors: rank }: Catalogue): number => queries.length / rank;
/** Items to try: around one and two tiles, and above 64 of them, which is a workgroup. */
export const sizes = [1, 31, 32, 33, 63, 64, 65, 2047, 2049, 4101];

/** What `encode` writes into `length` words per query, which are rubbish at first. */
export function run(
  catalogue: Catalogue,
  length: number,
  encode: (
    commands: CommandBatch,
    batch: RankingBatch<CodedPage>,
    more: { output: BufferRange; buffers: BufferScope },
  ) => void,
): Promise<Uint32Array> {
  return validated(async (gpu) => {
    const {
      factors: rank,
      rowCount,
      itemFactors: factors,
      scales,
      biases,
      queries,
      mask,
      maskStride,
      pageRows = rowCount,
    } = catalogue;
    using buffers = new BufferScope(gpu, 'test');
    using commands = new CommandBatch(gpu, 'test');
    const rankVectors = rank / 4;
    const pages = Array.from({ length: Math.ceil(rowCount / pageRows) }, (_, index) => {
      const firstRow = index * pageRows;
      const count = Math.min(pageRows, rowCount - firstRow);
      const rows = factors.subarray(firstRow * rank, (firstRow + count) * rank);
      const page = { buffer: buffers.upload('page', rows), firstRow, rowCount: count };
      return encodeCompressRows(commands, { page, rankVectors, buffers });
    });
    const queryCount = queryCountOf(catalogue);
    const words = length * queryCount;
    const output = buffers.upload('output', new Float32Array(words + 4).fill(Number.NaN));
    const batch = rankingBatch(buffers, { pages, rank, queries, scales, biases, mask, maskStride });
    encode(commands, batch, { output, buffers });
    commands.submit();
    const [bytes] = await readBuffers(gpu, [output]);
    // Nothing is written past the end.
    expect([...new Float32Array(bytes!).subarray(words, words + 4)].every(Number.isNaN)).toBe(true);
    return new Uint32Array(bytes!, 0, words);
  });
}

/** The key of every item for every query. */
export const keysOf = (catalogue: Catalogue): Promise<Uint32Array> =>
  run(catalogue, catalogue.rowCount, (commands, batch, { output }) =>
    encodeScoreItems(commands, batch, { keys: output }),
  );

/** The same with a mask per query, every third word of which masks a whole tile. */
export function masked(catalogue: Catalogue): Catalogue {
  const length = queryCountOf(catalogue) * tilesOf(catalogue);
  const mask = Uint32Array.from({ length }, (_, word) => (word % 3 === 0 ? ~0 : Math.imul(word + 1, 0x9e37_79b1)));
  return { ...catalogue, mask, maskStride: tilesOf(catalogue) };
}
