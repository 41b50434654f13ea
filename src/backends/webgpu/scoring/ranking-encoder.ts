import type { BufferRange, BufferScope } from '../../../gpu/buffers.ts';
import type { CommandBatch } from '../../../gpu/command-batch.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import type { GpuTimer } from '../../../gpu/timer.ts';
import { boundTiles, encodeBoundTiles } from '../../../shaders/rank/bound-tiles.ts';
import { encodeCompressRows } from '../../../shaders/rank/compress-rows.ts';
import { type CodedPage, type RankingBatch, rankingOverrides, tileRows } from '../../../shaders/rank/ranking.ts';
import {
  candidateCount,
  candidateOverrides,
  encodeScoreCandidates,
  scoreCandidates,
} from '../../../shaders/rank/score-candidates.ts';
import {
  encodeScoreItems,
  maskedKey,
  scoreItems,
  scoreOverrides,
  scoresOfKeys,
} from '../../../shaders/rank/score-items.ts';
import { encodeSelectTopK, largestSelectK, selectShape, selectTopK } from '../../../shaders/rank/select-top-k.ts';
import type { TablePage } from '../../../shaders/rows/table-page.ts';
import type { TopK } from '../../backend.ts';
import { selectTopK as selectOnHost } from '../../top-k.ts';
import { comfortableBytes, type RowChunk } from './row-chunks.ts';
import type { Workspace, WorkspaceRange } from './workspace.ts';

/** The items to rank. */
export interface RankingTable {
  /** Owns the eight-bit codes of the items. */
  readonly buffers: BufferScope;
  readonly pages: readonly TablePage[];
  readonly rankVectors: number;
  readonly itemCount: number;
}

/** A batch of queries on the GPU. */
export interface QueryBatch {
  /** `queryCount × rankVectors` vec4. */
  readonly queries: BufferRange;
  readonly queryCount: number;
  /** `itemCount` pairs (scale, bias), padded to at least a multiple of four. */
  readonly scaleBias: BufferRange;
}

/** Tiles to score for k places if bounds pick them. With only a few more than k, the list could seldom be proven. */
const boundedTiles = (k: number): number => 2 * k + 16;

/** Ranking by tiles is faster than a key per item if the catalogue has more than this many tiles per listed tile. */
const fewestTilesAPlace = 8;

/** The length of list for which kernels are compiled in advance. */
const usualK = 50;

/** The row of the pair whose key bounds the items outside the listed tiles. */
const noRow = 0xffff_ffff;

/** From this many queries on, a batch shares the loads of rows, so that smaller rows (codes) gain nothing. */
const sharingQueries = 4;

/**
 * Scores a whole catalogue and selects the best items. A large catalogue is ranked without a key per item: only the
 * best key of each tile of 32 items is kept. The k best tiles hold the k best items, and only their rows are scored
 * again. For a few queries, upper bounds from eight-bit codes pick the tiles instead; the scores of their rows must
 * then prove that no other tile was needed.
 */
export class RankingEncoder {
  readonly #gpu: GpuDevice;
  readonly #workspace: Workspace;
  readonly #table: RankingTable;
  /** The pages with their codes, made on first use. */
  #codedPages: readonly CodedPage[] | null = null;

  constructor(gpu: GpuDevice, workspace: Workspace, table: RankingTable) {
    this.#gpu = gpu;
    this.#workspace = workspace;
    this.#table = table;
  }

  /** Compiles the kernels for a single query with a list of the usual length. */
  async compile(): Promise<void> {
    const gpu = this.#gpu;
    const { workgroupSize } = selectShape(gpu);
    await Promise.all([
      selectTopK.compile(gpu, { workgroup_size: workgroupSize }),
      ...(this.#ranksByTiles(boundedTiles(usualK))
        ? [boundTiles.compile(gpu, rankingOverrides), scoreCandidates.compile(gpu, candidateOverrides)]
        : [scoreItems.compile(gpu, scoreOverrides(gpu, { queryCount: 1 }))]),
    ]);
  }

  /** How many queries one submit takes for lists of `k` places; at least 1. */
  mostQueries(k: number): number {
    const { itemCount, rankVectors } = this.#table;
    // Eight bytes per candidate. Ranking by tiles has so few candidates that it takes less than a byte per item.
    const bytes = this.#ranksByTiles(k) ? itemCount : 8 * itemCount;
    return Math.max(1, Math.floor(comfortableBytes(this.#gpu) / Math.max(bytes, 16 * rankVectors)));
  }

  /** Encodes the keys of every item for a batch: `queryCount × itemCount`. */
  encodeKeys(commands: CommandBatch, batch: QueryBatch, mask: Uint32Array | null): WorkspaceRange {
    const size = 4 * batch.queryCount * this.#table.itemCount;
    const keys = this.#workspace.reserve('keys', size);
    encodeScoreItems(commands, this.#rankingBatch(batch, mask), { keys });
    return { ...keys, size };
  }

  /**
   * Encodes scores and selection for a batch. The returned range must be read back and passed to `collect`. It holds
   * `queryCount × k` pairs (key, row), or all keys if k is above `largestSelectK`.
   */
  encodeTopK(
    commands: CommandBatch,
    query: QueryBatch,
    options: {
      readonly k: number;
      readonly mask: Uint32Array | null;
      readonly timer: GpuTimer;
      /** Whether codes may pick the tiles; `collect` then checks the proof. */
      readonly mayUseCodes: boolean;
    },
  ): WorkspaceRange {
    const { k, mask, timer } = options;
    const { queryCount } = query;
    commands.span(timer, 'score');
    if (!this.#ranksByTiles(k)) {
      const keys = this.encodeKeys(commands, query, mask);
      if (k > largestSelectK) return keys;
      commands.span(timer, 'top-k');
      return this.#encodeSelect(commands, 'items', { queryCount, candidateCount: this.#table.itemCount, k, keys });
    }
    const batch = this.#rankingBatch(query, mask);
    const hasBounds = options.mayUseCodes && queryCount < sharingQueries && this.#ranksByTiles(boundedTiles(k));
    const listLength = hasBounds ? boundedTiles(k) : k;
    const tileCount = this.#tileCount;
    const keys = this.#workspace.reserve('keys', 4 * queryCount * tileCount);
    if (hasBounds) encodeBoundTiles(commands, { ...batch, pages: this.#encodeCodes(commands) }, keys);
    else encodeScoreItems(commands, batch, { keys, maxima: true });
    commands.span(timer, 'top-k');
    const tiles = this.#encodeSelect(commands, 'tiles', {
      queryCount,
      candidateCount: tileCount,
      k: listLength,
      keys,
      byRow: true,
    });
    const count = candidateCount(listLength);
    const candidates = this.#workspace.reserve('candidates', 8 * queryCount * count);
    encodeScoreCandidates(commands, batch, { listLength, hasBounds, tiles, candidates });
    return this.#encodeSelect(commands, 'items', {
      queryCount,
      candidateCount: count,
      k,
      keys: candidates,
      arePairs: true,
    });
  }

  /**
   * Writes the results of `encodeTopK` for the queries of `chunk` into `topK`. Unfilled places keep their zeros, as on
   * the CPU.
   *
   * @returns false if a list is not proven: the chunk must be ranked again without codes
   */
  collect(bytes: ArrayBuffer, { first, end }: RowChunk, { k, counts, rows, scores }: TopK): boolean {
    const found = new Uint32Array(bytes);
    const values = scoresOfKeys(found);
    const width = found.length / (end - first);
    for (let query = first; query < end; query++) {
      const start = (query - first) * width;
      if (k > largestSelectK) {
        // Masked items have NaN as their score, which is never selected.
        counts[query] = selectOnHost(values.subarray(start, start + width), null, {
          rows: rows.subarray(query * k, (query + 1) * k),
          scores: scores.subarray(query * k, (query + 1) * k),
        });
      } else {
        let place = 0;
        // Filled places come first.
        for (let pair = start; place < k && found[pair] !== maskedKey; pair += 2) {
          const row = found[pair + 1]!;
          if (row === noRow) return false;
          scores[query * k + place] = values[pair]!;
          rows[query * k + place] = row;
          place++;
        }
        counts[query] = place;
      }
    }
    return true;
  }

  get #tileCount(): number {
    return Math.ceil(this.#table.itemCount / tileRows);
  }

  /** Whether a list of `listLength` tiles is short enough for ranking by tiles to be faster. */
  #ranksByTiles(listLength: number): boolean {
    return listLength > 0 && listLength <= largestSelectK && this.#tileCount > fewestTilesAPlace * listLength;
  }

  /**
   * Makes the codes once. If the commands are never submitted, the bounds stay 0, which means that a row has no bound.
   */
  #encodeCodes(commands: CommandBatch): readonly CodedPage[] {
    const { pages, ...shape } = this.#table;
    return (this.#codedPages ??= pages.map((page) => encodeCompressRows(commands, { ...shape, page })));
  }

  #rankingBatch({ queries, queryCount, scaleBias }: QueryBatch, mask: Uint32Array | null): RankingBatch {
    const { pages, itemCount, rankVectors } = this.#table;
    return {
      pages,
      buffers: { queries, scale_bias: scaleBias, mask: mask ? this.#workspace.upload('mask', mask) : scaleBias },
      params: {
        query_count: queryCount,
        item_count: itemCount,
        rank_vectors: rankVectors,
        has_mask: mask ? 1 : 0,
        // 0: all queries share one mask.
        mask_stride: mask && mask.length > this.#tileCount ? this.#tileCount : 0,
      },
    };
  }

  #encodeSelect(
    commands: CommandBatch,
    name: string,
    options: Omit<Parameters<typeof encodeSelectTopK>[1], 'reserve' | 'shape'>,
  ): WorkspaceRange {
    const reserve = (turn: number, byteLength: number): WorkspaceRange =>
      this.#workspace.reserve(`best ${name} ${turn}`, byteLength);
    const selected = encodeSelectTopK(commands, { ...options, reserve });
    return { ...selected, size: 8 * options.queryCount * options.k };
  }
}
