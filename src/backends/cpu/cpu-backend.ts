import type { AlsProblem, Backend, ExactBackend, ItemSide, SolveOptions } from '../backend.ts';
import type { EmbeddingRows } from '../embedding-table.ts';
import { CpuEmbeddingTable } from './cpu-embedding-table.ts';
import { CpuExplainer } from './cpu-explainer.ts';
import { CpuItemTable } from './cpu-item-table.ts';
import { CpuTraining } from './cpu-training.ts';
import { kernelSource } from './kernel-source.ts';
import { type KernelSource, nodeModule } from './wasm/wasm-kernels.ts';

/** Options of `createCpuBackend`. */
export interface CpuBackendOptions {
  /** `auto`: WebAssembly if it can run, else TypeScript. Default `auto`. */
  readonly kernels?: 'auto' | 'typescript';
  /**
   * The most threads of a training run, including the calling one. Default: as many as the machine has, at most four.
   */
  readonly threads?: number;
  /** Floating-point operations per epoch that justify the start and the messages of one more thread. Default 3e7. */
  readonly workPerThread?: number;
  /** The size of item tables, in numbers, from which ranking also uses eight-bit codes; lists stay the same. */
  readonly compressFrom?: number;
}

/** Creates the back end that is always available. It starts at once and is never lost. */
export function createCpuBackend(options: CpuBackendOptions = {}): Backend & ExactBackend {
  const { kernels = 'auto', threads = defaultThreads(), workPerThread = 3e7, compressFrom = 2 ** 17 } = options;
  let adapter: string | null = null;
  let source: Promise<KernelSource> | null = null;
  const open = async (): Promise<KernelSource> => {
    const found = await kernelSource(kernels);
    adapter = found.name;
    return found;
  };
  return {
    get info() {
      return { kind: 'cpu', adapter, isSoftware: false } as const;
    },
    openTraining: async (problem: AlsProblem, solve: SolveOptions) =>
      new CpuTraining(problem, { ...solve, threads, workPerThread, source: await (source ??= open()) }),
    openItemTable: async (side: ItemSide) =>
      new CpuItemTable(side, { source: await (source ??= open()), compressFrom }),
    openExplainer: async (side: ItemSide) => new CpuExplainer(side, await (source ??= open())),
    openEmbeddingTable: async (table: EmbeddingRows) => new CpuEmbeddingTable(table),
    lost: new Promise<string>(() => {}),
    dispose: () => {},
  };
}

/** 1 where the death of a worker would go unnoticed: pages on plain http have no Web Locks. */
function defaultThreads(): number {
  const cores = nodeModule('os')?.availableParallelism() ?? ('locks' in navigator ? navigator.hardwareConcurrency : 1);
  return Math.min(4, cores);
}
