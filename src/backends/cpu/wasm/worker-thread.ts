import type { Job, JobResult, Thread } from '../thread.ts';
import { bytesOf } from '../memory-layout.ts';
import { nodeModule } from './wasm-kernels.ts';

/** What web workers and Node's workers have in common. */
interface AnyWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): unknown;
}

/** A worker that has not started by then counts as dead; the calling thread then takes over its work. */
const startTimeoutMs = 5000;

/** A web or Node worker that runs `thread-worker.js`. */
export class WorkerThread implements Thread {
  readonly #worker: AnyWorker;
  readonly #lockRequest = new AbortController();
  readonly #startTimer = setTimeout(() => this.close(), startTimeoutMs);
  /** Resolves once the worker's death would be noticed; a job posted earlier might wait for ever. */
  readonly #started: Promise<void>;
  #death: Error | null = null;
  #pending: { resolve: (result: JobResult) => void; reject: (reason: Error) => void } | null = null;

  constructor(module: WebAssembly.Module, byteLength: number) {
    const threads = nodeModule('worker_threads');
    const lock = threads ? '' : `pocketrec-thread-${crypto.randomUUID()}`;
    const end = (): void => this.close();
    let take!: (message: JobResult | null) => void;
    this.#started = new Promise((resolve) => {
      take = (message) => {
        if (message) {
          this.#pending?.resolve(message);
          return;
        }
        // A web worker dies without an event, but its Web Lock becomes free. Node's workers send events.
        if (lock) navigator.locks.request(lock, { signal: this.#lockRequest.signal }, end).catch(() => undefined);
        clearTimeout(this.#startTimer);
        resolve();
      };
    });
    if (threads) {
      const script = './thread-worker.js';
      const worker = new threads.Worker(new URL(script, import.meta.url));
      worker.on('message', take);
      worker.on('error', end);
      worker.on('exit', end);
      this.#worker = worker;
    } else {
      // Bundlers recognise this form, with a literal URL.
      const worker = new Worker(new URL('./thread-worker.js', import.meta.url), { type: 'module' });
      worker.addEventListener('message', ({ data }) => take(data as JobResult | null));
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        end();
      });
      this.#worker = worker;
    }
    this.#worker.postMessage({ start: { module, byteLength, lock } }, []);
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
        // Cloning a view would copy its whole buffer.
        const copy = bytesOf(source).slice();
        transfer.push(copy.buffer);
        return [address, copy];
      });
      void this.#started.then(() => this.#worker.postMessage({ writes: sent, calls, reads }, transfer));
    });
  }

  /** Ends the worker if it still runs; the pending job and later ones reject. */
  close(): void {
    this.#death = new Error('Internal: the thread has ended.');
    clearTimeout(this.#startTimer);
    this.#lockRequest.abort();
    this.#worker.terminate();
    this.#pending?.reject(this.#death);
  }
}
