import type { BufferRange } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import type { GpuDevice } from '../../gpu/device.ts';
import type { GpuTimer } from '../../gpu/timer.ts';
import { encodeScoreItems, maskedKey, scoreItems, scoreOverrides, scoresOfKeys } from '../../shaders/score-items.ts';
import {
  encodeSelectTopK,
  largestSelectK,
  selectedByteLength,
  selectRounds,
  selectShape,
  selectTopK,
} from '../../shaders/select-top-k.ts';
import type { TablePage } from '../../shaders/table-page.ts';
import type { TopK } from '../backend.ts';
import { selectTopK as selectOnHost } from '../cpu/top-k.ts';
import type { RowChunk } from './row-chunks.ts';
import type { Workspace, WorkspaceRange } from './workspace.ts';

/** The items to rank. */
export interface RankingTable {
  readonly pages: readonly TablePage[];
  readonly rankVectors: number;
  readonly itemCount: number;
}

/** One batch of queries on the GPU. */
export interface QueryBatch {
  /** `queryCount × rankVectors` vec4. */
  readonly queries: BufferRange;
  readonly queryCount: number;
  /** `itemCount` pairs (scale, bias). */
  readonly scaleBias: BufferRange;
}

/** Scores of a whole catalogue and the best of them. */
export class RankingEncoder {
  readonly #gpu: GpuDevice;
  readonly #workspace: Workspace;
  readonly #table: RankingTable;

  constructor(gpu: GpuDevice, workspace: Workspace, table: RankingTable) {
    this.#gpu = gpu;
    this.#workspace = workspace;
    this.#table = table;
  }

  async compile(): Promise<void> {
    const { workgroupSize } = selectShape(this.#gpu);
    await Promise.all([
      scoreItems.compile(this.#gpu, scoreOverrides(1)),
      selectTopK.compile(this.#gpu, { workgroup_size: workgroupSize }),
    ]);
  }

  /** How many queries fit `mostBytes` an array when `k` places are asked for (0: scores alone); at least 1. */
  mostQueries(mostBytes: number, k: number): number {
    const { itemCount, rankVectors } = this.#table;
    const lists =
      k > 0 && k <= largestSelectK
        ? selectRounds(itemCount, k, selectShape(this.#gpu)).map((round) => selectedByteLength(1, k, round))
        : [];
    return Math.max(1, Math.floor(mostBytes / Math.max(4 * itemCount, 16 * rankVectors, ...lists)));
  }

  /** Encodes the keys of every item for a batch: `queryCount × itemCount`. */
  encodeKeys(commands: CommandBatch, batch: QueryBatch, mask: Uint32Array | null): WorkspaceRange {
    const { queries, queryCount, scaleBias } = batch;
    const { itemCount, pages, rankVectors } = this.#table;
    const keys = this.#workspace.reserve('keys', 4 * queryCount * itemCount);
    const maskWords = Math.ceil(itemCount / 32);
    encodeScoreItems(commands, {
      queries,
      queryCount,
      itemCount,
      rankVectors,
      pages,
      scaleBias,
      mask: mask && {
        words: this.#workspace.upload('mask', mask),
        stride: mask.length === maskWords ? 0 : maskWords,
      },
      keys,
    });
    return { ...keys, size: 4 * queryCount * itemCount };
  }

  /**
   * Encodes scores and selection of a batch. The range is to be read back and given to `collect`: `queryCount × k`
   * pairs (key, row), or all keys where k is above what the selection kernel holds.
   */
  encodeTopK(
    commands: CommandBatch,
    batch: QueryBatch,
    options: { readonly k: number; readonly mask: Uint32Array | null; readonly timer: GpuTimer },
  ): WorkspaceRange {
    const { queryCount } = batch;
    const { itemCount } = this.#table;
    const { k, mask, timer } = options;
    commands.span(timer, 'score');
    const keys = this.encodeKeys(commands, batch, mask);
    if (k > largestSelectK) return keys;
    const shape = selectShape(this.#gpu);
    const rounds = selectRounds(itemCount, k, shape);
    const list = (parity: 0 | 1): WorkspaceRange =>
      this.#workspace.reserve(
        `selected ${parity}`,
        Math.max(
          0,
          ...rounds.filter((_, at) => at % 2 === parity).map((round) => selectedByteLength(queryCount, k, round)),
        ),
      );
    commands.span(timer, 'top-k');
    const selected = encodeSelectTopK(commands, {
      queryCount,
      candidateCount: itemCount,
      k,
      keys,
      lists: [list(0), list(1)],
      shape,
    });
    return { ...selected, size: 8 * queryCount * k };
  }

  /** Writes what `encodeTopK` gave for the queries of `chunk` into their places of `topK`. */
  collect(bytes: ArrayBuffer, chunk: RowChunk, topK: TopK): void {
    if (topK.k > largestSelectK) this.#collectKeys(bytes, chunk, topK);
    else collectPairs(bytes, chunk, topK);
  }

  #collectKeys(bytes: ArrayBuffer, { first, end }: RowChunk, { k, counts, rows, scores }: TopK): void {
    const { itemCount } = this.#table;
    for (let query = first; query < end; query++) {
      const keys = new Uint32Array(bytes, 4 * (query - first) * itemCount, itemCount);
      const places = [query * k, (query + 1) * k] as const;
      // The scores of masked items are no numbers, and so in no list.
      counts[query] = selectOnHost(scoresOfKeys(keys), null, {
        rows: rows.subarray(...places),
        scores: scores.subarray(...places),
      });
    }
  }
}

/** Places that are not filled keep the zeros that `topK` was made with, as those of the other back end do. */
function collectPairs(bytes: ArrayBuffer, { first, end }: RowChunk, { k, counts, rows, scores }: TopK): void {
  const pairs = new Uint32Array(bytes);
  for (let query = first; query < end; query++) {
    const keys = new Uint32Array(k);
    let count = 0;
    for (; count < k; count++) {
      const pair = 2 * ((query - first) * k + count);
      if (pairs[pair] === maskedKey) break;
      keys[count] = pairs[pair]!;
      rows[query * k + count] = pairs[pair + 1]!;
    }
    counts[query] = count;
    scores.set(scoresOfKeys(keys.subarray(0, count)), query * k);
  }
}
