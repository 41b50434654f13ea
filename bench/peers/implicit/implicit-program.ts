import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { AlsProblem } from '../../../src/backends/backend.ts';
import { PythonProgram } from '../python-program.ts';

const run = promisify(execFile);

/** The release that the bench compares with. */
export const implicitVersion = '0.7.3';

/** A peer that is not to be had here; the message is the reason. */
export class PeerMissingError extends Error {}

/** What one fit does. */
export interface ImplicitFit {
  /** Its weights are confidences − 1; λ is one number for all rows. */
  readonly problem: AlsProblem;
  readonly regularization: number;
  readonly iterations: number;
  readonly cgSteps: number;
  readonly threads: number;
}

/**
 * Python with `implicit` in a virtual environment of its own, made once in `node_modules/.cache`.
 *
 * @returns the interpreter
 * @throws {PeerMissingError} no Python 3, no venv, or no PyPI
 */
export async function implicitPython(): Promise<string> {
  const cache = path.resolve('node_modules/.cache');
  const folder = path.join(cache, `bench-implicit-${implicitVersion}`);
  const bin = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python';
  const python = path.join(folder, bin);
  const complete = path.join(folder, 'complete');
  if (await exists(complete)) return python;
  const system = process.env['POCKETREC_PYTHON'] ?? (process.platform === 'win32' ? 'python' : 'python3');
  try {
    await run(system, ['--version']);
  } catch {
    throw new PeerMissingError(`no ${system} on this machine (POCKETREC_PYTHON names another)`);
  }
  await mkdir(cache, { recursive: true });
  await rm(folder, { recursive: true, force: true }); // left over from an attempt that failed
  try {
    await run(system, ['-m', 'venv', folder]);
    // Wheels only: a build from source would need a compiler, and time the compiler's luck.
    await run(python, ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', `implicit==${implicitVersion}`]);
  } catch (cause) {
    const [reason] = String((cause as { stderr?: string }).stderr ?? cause)
      .trim()
      .split('\n')
      .slice(-1);
    throw new PeerMissingError(`implicit ${implicitVersion} could not be installed: ${reason}`, { cause });
  }
  await writeFile(complete, implicitVersion);
  return python;
}

/** Writes a problem as `fit.py` reads it: `problem.json` and little-endian arrays. */
export async function writeImplicitProblem(folder: string, fit: ImplicitFit): Promise<void> {
  const { problem, ...options } = fit;
  const { factors, users } = problem;
  const description = { ...options, factors, userCount: users.rowCount, itemCount: users.columnCount };
  await writeFile(path.join(folder, 'problem.json'), JSON.stringify(description));
  const arrays = {
    'offsets.u32': users.rowOffsets,
    'columns.u32': users.columns,
    'confidences.f32': users.b, // b = c
    'user-factors.f32': problem.userFactors,
    'item-factors.f32': problem.itemFactors,
  };
  for (const [name, { buffer, byteOffset, byteLength }] of Object.entries(arrays)) {
    await writeFile(path.join(folder, name), new Uint8Array(buffer, byteOffset, byteLength));
  }
}

/** `implicit` in a process of its own, holding one problem. */
export class ImplicitProgram {
  readonly #program: PythonProgram;
  readonly #folder: string;

  private constructor(program: PythonProgram, folder: string) {
    this.#program = program;
    this.#folder = folder;
  }

  static async open(python: string, fit: ImplicitFit): Promise<ImplicitProgram> {
    const folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-implicit-'));
    await writeImplicitProblem(folder, fit);
    return new ImplicitProgram(
      new PythonProgram(python, [path.resolve('bench/peers/implicit/fit.py'), folder]),
      folder,
    );
  }

  /** Versions, in one line. */
  async about(): Promise<string> {
    const { versions, python, blas } = (await this.#program.ask('about')) as {
      versions: Record<string, string>;
      python: string;
      blas: string[];
    };
    const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    return `${packages.join(', ')}, Python ${python}, BLAS: ${blas.join(', ')}`;
  }

  /** All iterations from the start; the time is implicit's own, without set-up. */
  async fit(): Promise<{ readonly elapsedMs: number }> {
    return (await this.#program.ask('fit')) as { elapsedMs: number };
  }

  /** The factors of the last fit. */
  async factors(): Promise<{ userFactors: Float32Array; itemFactors: Float32Array }> {
    await this.#program.ask('save');
    const read = async (name: string): Promise<Float32Array> => {
      const bytes = await readFile(path.join(this.#folder, name));
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
    };
    return {
      userFactors: await read('fitted-user-factors.f32'),
      itemFactors: await read('fitted-item-factors.f32'),
    };
  }

  async close(): Promise<void> {
    this.#program.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
