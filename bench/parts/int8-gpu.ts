import type { TopK } from '../../src/backends/backend.ts';
import { RankingEncoder } from '../../src/backends/webgpu/scoring/ranking-encoder.ts';
import { factorPages, uploadPages } from '../../src/backends/webgpu/factor-pages.ts';
import { Workspace, type WorkspaceRange } from '../../src/backends/webgpu/scoring/workspace.ts';
import { BufferScope } from '../../src/gpu/buffers.ts';
import { CommandBatch } from '../../src/gpu/command-batch.ts';
import type { GpuDevice } from '../../src/gpu/device.ts';
import { ReadBack } from '../../src/gpu/read-back.ts';
import { GpuTimer } from '../../src/gpu/timer.ts';
import { encodeSelectTopK } from '../../src/shaders/rank/select-top-k.ts';

/** Three ways to the same lists on a GPU, so that they can be timed in one run; the engine takes the fastest. */
export interface GpuRanking {
  readonly name: string;
  /** The lists of consecutive queries, `factors` numbers each. */
  readonly topK: (queries: Float32Array) => Promise<TopK>;
}

/** Puts a catalogue without biases on the GPU; `factors` is a multiple of four. */
export function gpuRankings(
  gpu: GpuDevice,
  { itemFactors, factors, k }: { readonly itemFactors: Float32Array; readonly factors: number; readonly k: number },
): {
  readonly rankings: readonly GpuRanking[];
  /** Says how often lists by codes had to be made again, since the codes did not prove them. */
  readonly describeRetries: () => string;
  readonly dispose: () => void;
} {
  const rowCount = itemFactors.length / factors;
  const rankVectors = factors / 4;
  const buffers = new BufferScope(gpu, 'bench');
  const workspace = new Workspace(gpu, 'bench');
  const readBack = new ReadBack(gpu, 'bench');
  const timer = new GpuTimer(gpu);
  const pages = factorPages('item', { rowCount, rankVectors, limits: gpu.limits, mostPages: Infinity });
  const encoder = new RankingEncoder(gpu, workspace, {
    buffers,
    pages: uploadPages(buffers, 'items', { pages, rows: itemFactors, factors }),
    rankVectors,
    itemCount: rowCount,
  });
  // Up to a whole four of items.
  const scaleBias = buffers.upload(
    'scales',
    Float32Array.from({ length: 2 * rowCount + 6 }, (_, place) => 1 - (place % 2)),
  );

  let submits = 0;
  let retries = 0;
  /** As many queries a submit as `most`. */
  const ranking = (
    name: string,
    most: number,
    encode: (
      commands: CommandBatch,
      batch: { readonly queries: WorkspaceRange; readonly queryCount: number; readonly scaleBias: GPUBuffer },
      mayUseCodes: boolean,
    ) => WorkspaceRange,
  ): GpuRanking => ({
    name,
    async topK(queries) {
      const total = queries.length / factors;
      const topK = {
        k,
        counts: new Uint32Array(total),
        rows: new Uint32Array(total * k),
        scores: new Float32Array(total * k),
      };
      for (let first = 0; first < total; first += most) {
        const end = Math.min(total, first + most);
        for (const mayUseCodes of [true, false]) {
          const commands = new CommandBatch(gpu, name);
          const asked = workspace.upload('queries', queries.subarray(first * factors, end * factors));
          const batch = { queries: asked, queryCount: end - first, scaleBias };
          const found = encode(commands, batch, mayUseCodes);
          const [bytes] = await readBack.submit(commands, { ranges: [found], timer });
          if (most < Infinity) submits++;
          if (encoder.collect(bytes!, { first, end }, topK)) break;
          retries++;
        }
      }
      return topK;
    },
  });

  const rankings = [
    ranking('float32, a key of every item', Infinity, (commands, batch) => {
      const keys = encoder.encodeKeys(commands, batch, null);
      const { queryCount } = batch;
      const reserve = (turn: number, byteLength: number): WorkspaceRange =>
        workspace.reserve(`list ${turn}`, byteLength);
      const selected = encodeSelectTopK(commands, { queryCount, candidateCount: rowCount, k, keys, reserve });
      return { ...selected, size: 8 * queryCount * k };
    }),
    ranking('float32, by tiles', Infinity, (commands, batch) =>
      encoder.encodeTopK(commands, batch, { k, mask: null, timer, mayUseCodes: false }),
    ),
    // The engine asks codes about no more.
    ranking('8-bit codes by tiles, then float32', 3, (commands, batch, mayUseCodes) =>
      encoder.encodeTopK(commands, batch, { k, mask: null, timer, mayUseCodes }),
    ),
  ];
  return {
    rankings,
    describeRetries: () =>
      `  made again without codes, which did not prove the lists: ${retries} of ${submits} submits`,
    dispose: () => {
      for (const owner of [buffers, workspace, readBack, timer]) owner.dispose();
    },
  };
}
