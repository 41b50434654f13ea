import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { AlsProblem } from '../../../src/backends/backend.ts';
import { milliseconds, quantile } from '../../measure.ts';
import { writeImplicitProblem } from '../implicit/implicit-program.ts';

/** The same work, in the same run, for whatever CUDA libraries the machine's Python has. */
export interface CudaTasks {
  readonly training: AlsProblem;
  readonly epochs: number;
  readonly serving: {
    readonly itemCount: number;
    readonly factors: number;
    readonly k: number;
    readonly batches: readonly number[];
  };
  readonly rounds: number;
}

type Line =
  | { readonly task: string; readonly name: string; readonly times: number[] }
  | { readonly name: string; readonly skipped: string };

/** Runs PyTorch, CuPy and implicit with CUDA where this machine's Python has them, and names those it has not. */
export async function benchCuda({ training, epochs, serving, rounds }: CudaTasks): Promise<void> {
  const python = process.env['POCKETREC_PYTHON'] ?? 'python3';
  const folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-cuda-'));
  try {
    const fit = { problem: training, regularization: 0.01, iterations: epochs, cgSteps: 3, threads: 0 };
    await writeImplicitProblem(folder, fit);
    await writeFile(path.join(folder, 'tasks.json'), JSON.stringify({ serving, rounds }));
    const { stdout } = await promisify(execFile)(python, [path.resolve('bench/peers/cuda/cuda_peers.py'), folder]);
    for (const text of stdout.trim().split('\n')) console.log(`  ${describe(JSON.parse(text) as Line)}`);
  } catch (error) {
    const [reason] = String(error).split('\n');
    console.log(`  PyTorch, CuPy, implicit with CUDA: skipped, ${python} did not run them (${reason})`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function describe(line: Line): string {
  if ('skipped' in line) return `${line.name}: skipped, ${line.skipped}`;
  const times = line.times.toSorted((left, right) => left - right);
  const [least, median, most] = [0, 0.5, 1].map((share) => milliseconds(quantile(times, share)));
  return `${line.task}: ${median} ms (${least}–${most}, ${times.length} runs), ${line.name}`;
}
