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
        ? selectedByteLength(1, k, selectRounds(itemCount, k, selectShape(this.#gpu))[0]!)
        : 0;
    return Math.max(1, Math.floor(mostBytes / Math.max(4 * itemCount, 16 * rankVectors, lists)));
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
    // Rounds write by turns, and each writes less than the one before.
    const list = (round: 0 | 1): WorkspaceRange =>
      this.#workspace.reserve(
        `selected ${round}`,
        rounds[round] ? selectedByteLength(queryCount, k, rounds[round]) : 0,
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

  /**
   * Writes what `encodeTopK` gave for the queries of `chunk` into their places of `topK`. Places that are not filled keep
   * the zeros that it was made with, as those of the other back end do.
   */
  collect(bytes: ArrayBuffer, { first, end }: RowChunk, { k, counts, rows, scores }: TopK): void {
    const found = new Uint32Array(bytes);
    const width = found.length / (end - first);
    for (let query = first; query < end; query++) {
      const own = found.subarray((query - first) * width, (query - first + 1) * width);
      const target = {
        rows: rows.subarray(query * k, (query + 1) * k),
        scores: scores.subarray(query * k, (query + 1) * k),
      };
      if (k > largestSelectK) {
        // The scores of masked items are no numbers, and so in no list.
        counts[query] = selectOnHost(scoresOfKeys(own), null, target);
      } else {
        // Places that are filled come first.
        const filled = own.filter((_, place) => own[place & ~1] !== maskedKey);
        target.scores.set(scoresOfKeys(filled.filter((_, place) => place % 2 === 0)));
        target.rows.set(filled.filter((_, place) => place % 2 === 1));
        counts[query] = filled.length / 2;
      }
    }
  }
}
