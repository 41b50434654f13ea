import type { Job, JobResult, Lane } from '../lane.ts';
import { bytesOf } from '../memory-layout.ts';
import { nodeModule, pagesOf } from './wasm-kernels.ts';

/** What Node's workers and the web's have in common. */
interface AnyWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): unknown;
}

/** A lane in a worker of the web, or of Node, that runs `lane-worker.js`. */
export class WorkerLane implements Lane {
  readonly #worker: AnyWorker;
  readonly #lockRequest = new AbortController();
  #start: unknown;
  #death: Error | null = null;
  #pending: { resolve: (result: JobResult) => void; reject: (reason: Error) => void } | null = null;

  constructor(module: WebAssembly.Module, byteLength: number) {
    const lock = `pocketrec-lane-${crypto.randomUUID()}`;
    this.#start = { module, pages: pagesOf(byteLength), lock };
    const take = (message: JobResult | null): void => {
      if (message) this.#pending?.resolve(message);
      // A worker of the web that dies says nothing; but its Web Lock falls free.
      else navigator.locks.request(lock, { signal: this.#lockRequest.signal }, end).catch(() => undefined);
    };
    const end = (): void => this.close();
    const threads = nodeModule('worker_threads');
    if (threads) {
      const script = './lane-worker.js';
      const worker = new threads.Worker(new URL(script, import.meta.url));
      worker.unref();
      worker.on('message', take);
      worker.on('error', end);
      worker.on('exit', end);
      this.#worker = worker;
    } else {
      // This form, with a literal, is what bundlers recognise.
      const worker = new Worker(new URL('./lane-worker.js', import.meta.url), { type: 'module' });
      worker.addEventListener('message', ({ data }) => take(data as JobResult | null));
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        end();
      });
      this.#worker = worker;
    }
  }

  run({ writes = [], calls = [], reads = [] }: Job): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      if (this.#death) {
        reject(this.#death);
        return;
      }
      const transfer: ArrayBuffer[] = [];
      const sent = writes.map(([address, source]) => {
        if (!(source.buffer instanceof ArrayBuffer)) return [address, source];
        // A clone would take the whole buffer along.
        const copy = bytesOf(source).slice();
        transfer.push(copy.buffer);
        return [address, copy];
      });
      this.#worker.postMessage({ start: this.#start, writes: sent, calls, reads }, transfer);
      this.#start = null;
    });
  }

  /** Ends the worker if it still lives; the job under way and later ones reject. */
  close(): void {
    this.#death = new Error('Internal: the lane has ended.');
    this.#lockRequest.abort();
    this.#worker.terminate();
    this.#pending?.reject(this.#death);
  }
}
