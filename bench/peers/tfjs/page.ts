import { matMul, ready, setBackend, tensor2d, tidy, topk, version_core } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu';
import { readDataset } from '../../../src/data/movielens/movielens-dataset.ts';
import { Xoshiro128 } from '../../../src/model/random.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { openGpu } from '../../../src/gpu/device.ts';
import { type Measurement, measure } from '../../measure.ts';
import { gpuRankings } from '../../parts/int8-gpu.ts';
import { lossAt } from '../../referee.ts';
import { interactionMatrix } from '../../../src/data/interactions.ts';
import { presenceSettings, problemOf } from '../../problem.ts';
import { TfjsAls } from './tfjs-als.ts';

/** What a part found: times, the first line tfjs's, and a remark on the answers. */
export interface PartResult {
  readonly measurements: readonly Measurement[];
  readonly remark: string;
}

const datasetFolder = 'datasets/movielens-small/';

async function datasetFile(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(datasetFolder + name);
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function epoch({ factors, rounds }: { readonly factors: number; readonly rounds: number }): Promise<PartResult> {
  const [manifest, ratings, catalogue] = await Promise.all(
    ['manifest.json', 'ratings.bin', 'catalogue.json'].map(datasetFile),
  );
  const { interactions } = await readDataset({ manifest: manifest!, ratings: ratings!, catalogue: catalogue! });
  const problem = problemOf(interactionMatrix(interactions), { factors, settings: presenceSettings });
  const cgSteps = 3;
  const backend = await createWebGpuBackend({ exact: createCpuBackend() });
  const training = await backend.openTraining(problem, { solver: 'cg', cgSteps });
  const peer = new TfjsAls(problem);
  const losses: number[] = [];
  const contenders = [
    {
      name: `tfjs ${version_core}, gather and matMul, cg 3`,
      run: async () => {
        peer.epoch(cgSteps);
        await peer.factors();
      },
    },
    {
      name: 'Pocketrec on WebGPU, cg 3',
      run: async () => {
        await training.solve('users');
        await training.solve('items');
        await training.factors();
      },
    },
  ];
  const measurements = await measure(contenders, { rounds });
  losses.push(lossAt(problem, await peer.factors()), lossAt(problem, await training.factors()));
  training.dispose();
  backend.dispose();
  return {
    measurements,
    remark: `objective after ${rounds + 1} epochs: ${losses.map((loss) => loss.toFixed(2)).join(' and ')}`,
  };
}

async function topK(options: {
  readonly itemCount: number;
  readonly factors: number;
  readonly queryCount: number;
  readonly k: number;
  readonly rounds: number;
}): Promise<PartResult> {
  const { itemCount, factors, queryCount, k, rounds } = options;
  const random = Xoshiro128.fromSeed(1);
  const itemFactors = random.normals(itemCount * factors, 1 / Math.sqrt(factors));
  const queries = random.normals(queryCount * factors, 1 / Math.sqrt(factors));
  const backend = await createWebGpuBackend({ exact: createCpuBackend() });
  const table = await backend.openItemTable({
    factors,
    rowCount: itemCount,
    itemFactors,
    biases: new Float32Array(itemCount),
    unobservedWeight: 0,
  });
  const gpu = await openGpu();
  const { rankings, dispose } = gpuRankings(gpu, { itemFactors, factors, k });
  const items = tensor2d(itemFactors, [itemCount, factors]);
  let theirs: ArrayLike<number> = [];
  let ours: ArrayLike<number> = [];
  const contenders = [
    {
      name: `tfjs ${version_core}, matMul and topk`,
      run: async () => {
        const { values, indices } = tidy(() =>
          topk(matMul(tensor2d(queries, [queryCount, factors]), items, false, true), k),
        );
        const [, rows] = await Promise.all([values.data(), indices.data()]);
        values.dispose();
        indices.dispose();
        theirs = rows;
      },
    },
    {
      name: 'Pocketrec on WebGPU, exact top-k',
      run: async () => {
        ours = (await table.topK(queries, { k, similarity: 'dot' })).topK.rows;
      },
    },
    // The ways that the engine chooses between.
    ...rankings.map((ranking) => ({
      name: `  ${ranking.name}`,
      run: async () => void (await ranking.topK(queries)),
    })),
  ];
  const measurements = await measure(contenders, { rounds });
  const equal = Array.from(ours).filter((row, place) => row === theirs[place]).length;
  items.dispose();
  table.dispose();
  dispose();
  gpu.dispose();
  backend.dispose();
  return { measurements, remark: `${equal} of ${ours.length} places have the same item` };
}

const parts = { epoch, topK };

Object.assign(globalThis, {
  runPart: async (name: keyof typeof parts, options: never): Promise<PartResult> => {
    await setBackend('webgpu');
    await ready();
    return parts[name](options);
  },
  adapterName: async (): Promise<string> => {
    const backend = await createWebGpuBackend({ exact: createCpuBackend() });
    backend.dispose();
    return backend.info.adapter ?? 'none';
  },
});
