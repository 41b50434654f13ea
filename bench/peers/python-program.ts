import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A Python program that answers one line of JSON for each line that it reads, and ends with its input. */
export class PythonProgram {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;
  #complaints = '';

  /** @param args the program's file and its arguments */
  constructor(python: string, [file = '', ...args]: readonly string[]) {
    // One BLAS thread, as implicit itself advises; and no kernel of an older processor than this one.
    const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _size, ...environment } = process.env;
    this.#name = file;
    this.#process = spawn(python, [file, ...args], {
      env: { ...environment, OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#process.stderr.on('data', (text: Buffer) => (this.#complaints += text));
  }

  /** @throws {Error} the program ended instead; the message is what it complained of */
  async ask(question: string): Promise<unknown> {
    this.#process.stdin.write(`${question}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#name} ended without an answer to ${question}: ${this.#complaints.trim()}`);
    return JSON.parse(value);
  }

  close(): void {
    this.#process.stdin.end();
  }
}
