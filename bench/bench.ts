import { compareWithImplicit } from './accuracy/compare-implicit.ts';
import { benchCurves } from './parts/curves.ts';
import { benchObjective } from './parts/objective.ts';
import { benchImplicit } from './peers/implicit/bench-implicit.ts';
import { benchScale } from './parts/scale.ts';
import { benchTfjs } from './peers/tfjs/bench-tfjs.ts';
import { benchHnsw } from './peers/hnsw/bench-hnsw.ts';
import { main as benchGpu } from './gpu.ts';
import { benchInt8 } from './parts/int8.ts';
import { benchServing } from './parts/serving.ts';

/** A part of the bench; `args` are what follows its name on the command line. */
interface Part {
  readonly about: string;
  readonly run: (args: readonly string[]) => Promise<void>;
}

const parts: Readonly<Record<string, Part>> = {
  objective: { about: 'time to the same objective, against plain TypeScript', run: benchObjective },
  implicit: { about: 'time to the same objective, against implicit (PyPI)', run: benchImplicit },
  tfjs: { about: 'an epoch and top-k against tfjs, on WebGPU in Chromium', run: benchTfjs },
  hnsw: { about: 'an approximate index against the exact scan, in Chromium', run: benchHnsw },
  scale: { about: 'a problem of the size of MovieLens 20M: memory, plan, --epoch', run: benchScale },
  serving: { about: 'fold-in, top 50 and explanations of MovieLens small', run: benchServing },
  kernels: { about: 'GPU time of each kernel, small sizes (bench:gpu has large ones)', run: benchKernels },
  int8: { about: 'exact top 100 of 100,000 with 8-bit codes and without, CPU and WebGPU', run: benchInt8 },
  curves: { about: 'objective per pass over the entries, drawn: --ratings=FILE --name=NAME', run: benchCurves },
  accuracy: { about: 'NDCG on splits in time against implicit (PyPI): --train=FILE', run: compareWithImplicit },
};

/** Names for several parts at once. */
const groups: Readonly<Record<string, readonly string[]>> = { peers: ['objective', 'implicit', 'tfjs', 'hnsw'] };

/** What runs where no part is named. */
const defaultParts = ['objective', 'serving'];

/**
 * `npm run bench`, `npm run bench -- PART … [--flag …]`: medians, spread and ratios, each ratio within one run and one
 * heading. The numbers are of the machine that is named above them; a software adapter computes on the processor and
 * says nothing of a GPU.
 */
export async function main(args: string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith('--')).flatMap((name) => groups[name] ?? name);
  const flags = args.filter((arg) => arg.startsWith('--'));
  const unknown = names.filter((name) => !(name in parts));
  if (unknown.length > 0) {
    console.error(`There is no part named ${unknown.join(', ')}. The parts of the bench:`);
    for (const [name, { about }] of Object.entries(parts)) console.error(`  ${name.padEnd(12)} ${about}`);
    for (const [name, members] of Object.entries(groups)) console.error(`  ${name.padEnd(12)} ${members.join(', ')}`);
    return 2;
  }
  for (const [index, name] of (names.length > 0 ? names : defaultParts).entries()) {
    if (index > 0) console.log('');
    await parts[name]!.run(flags);
  }
  return 0;
}

async function benchKernels(): Promise<void> {
  await benchGpu(['--small']);
}
