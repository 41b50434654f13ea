import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Ranker } from '../../src/evaluation/ranker.ts';
import type { CsrMatrix } from '../../src/data/csr-matrix.ts';
import { PythonProgram } from '../peers/python-program.ts';

/** One point of the grid, in implicit's terms: confidence `alpha` on observed cells and 1 elsewhere, plain λ. */
export interface GridPoint {
  readonly factors: number;
  readonly alpha: number;
  readonly regularization: number;
}

/** What implicit trains on, and to whom it recommends. */
export interface ListsTask {
  /** Users × items. */
  readonly training: CsrMatrix;
  /** Rows of `training`. */
  readonly users: readonly number[];
  readonly point: GridPoint;
  readonly iterations: number;
  readonly seed: number;
  readonly places: number;
}

/** Lists of implicit's own `recommend`, to be measured as ours are. */
export interface ImplicitLists {
  /** By the users' factors as training left them, which is implicit's default. */
  readonly trained: Ranker;
  /** By factors solved anew from the users' items (`recalculate_user`). */
  readonly folded: Ranker;
}

/** `implicit` in a process of its own. */
export class ImplicitRecommender {
  readonly #program: PythonProgram;
  readonly #folder: string;

  private constructor(program: PythonProgram, folder: string) {
    this.#program = program;
    this.#folder = folder;
  }

  static async open(python: string): Promise<ImplicitRecommender> {
    const folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-implicit-'));
    return new ImplicitRecommender(
      new PythonProgram(python, [path.resolve('bench/accuracy/implicit_lists.py'), folder]),
      folder,
    );
  }

  async lists({ training, users, point, ...options }: ListsTask): Promise<ImplicitLists> {
    const { rowOffsets, columns, rowCount, columnCount } = training;
    const arrays = { 'offsets.u32': rowOffsets, 'columns.u32': columns, 'users.u32': Uint32Array.from(users) };
    for (const [name, { buffer, byteOffset, byteLength }] of Object.entries(arrays)) {
      await writeFile(path.join(this.#folder, name), new Uint8Array(buffer, byteOffset, byteLength));
    }
    const task = { userCount: rowCount, itemCount: columnCount, ...point, ...options };
    await this.#program.ask(JSON.stringify(task));
    const read = async (name: string): Promise<Ranker> => {
      const bytes = await readFile(path.join(this.#folder, name));
      return rankerOfLists(new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)));
    };
    return { trained: await read('lists-trained.i32'), folded: await read('lists-folded.i32') };
  }

  async close(): Promise<void> {
    this.#program.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Hands out lists made beforehand in the order in which their users are asked for. */
function rankerOfLists(lists: Uint32Array): Ranker {
  let next = 0;
  return {
    rank: async ({ rowCount }, k) => {
      const rows = lists.subarray(next, (next += rowCount * k));
      return { k, rows, counts: new Uint32Array(rowCount).fill(k) };
    },
  };
}
