import { createBirpc, type BirpcReturn } from 'birpc';
import { DisposedError, WorkerLostError } from '../errors.ts';
import { PendingWork } from '../pending-work.ts';
import { callChannel } from './call-channel.ts';
import type { EngineFunctions, EnginePage } from './engine-service.ts';

/** The functions of the engine's worker; each returns a promise. */
export type RemoteEngine = BirpcReturn<EngineFunctions, EnginePage>;

/** Options of `WorkerSession.start`. */
export interface SessionOptions {
  readonly page: EnginePage;
  /** Called once when the session ends, whatever the cause. */
  readonly onEnd: () => void;
  /** Milliseconds after which a worker that has not started counts as dead; default 30,000. */
  readonly startTimeoutMs?: number;
}

/**
 * One worker and its pending calls. A worker that dies (out of memory, ended by the browser, an uncaught error) may
 * send no event, but its Web Lock becomes free. Then every pending call rejects with `WorkerLostError`.
 */
export class WorkerSession {
  readonly #remote: RemoteEngine;
  readonly #worker: Worker;
  readonly #pending = new PendingWork();
  readonly #lockRequest = new AbortController();
  readonly #onEnd: () => void;

  private constructor(worker: Worker, { page, onEnd }: SessionOptions) {
    this.#onEnd = onEnd;
    this.#worker = worker;
    this.#remote = createBirpc<EngineFunctions, EnginePage>(page, callChannel(worker));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      const reason = event.message ? `an uncaught error: ${event.message}` : 'its script could not be loaded';
      this.#end(new WorkerLostError(`The engine's worker stopped (${reason}).`));
    });
    worker.addEventListener('messageerror', () => {
      this.#end(new WorkerLostError("The engine's worker sent an answer that could not be read."));
    });
  }

  /**
   * Starts a worker and watches for its death.
   *
   * @throws {WorkerLostError} its script could not be loaded or run, or it did not start in time
   */
  static async start(worker: Worker, options: SessionOptions): Promise<WorkerSession> {
    const { startTimeoutMs = 30_000 } = options;
    const session = new WorkerSession(worker, options);
    // Pages on plain http have no Web Locks; there only error events report a death.
    if (!('locks' in navigator)) return session;
    const lockName = `pocketrec-worker-${crypto.randomUUID()}`;
    // Before the worker holds the lock, only a timeout can detect its death.
    const timer = setTimeout(() => {
      session.#end(new WorkerLostError(`The engine's worker did not start within ${startTimeoutMs / 1000} s.`));
    }, startTimeoutMs);
    try {
      await session.call((remote) => remote.holdLock(lockName));
    } finally {
      clearTimeout(timer);
    }
    const { signal } = session.#lockRequest;
    navigator.locks
      .request(lockName, { signal }, () => {
        session.#end(new WorkerLostError("The engine's worker died; the browser may have been short of memory."));
      })
      .catch(() => undefined); // aborted, because the session has ended
    return session;
  }

  /**
   * Runs one call in the worker.
   *
   * @throws {WorkerLostError} the worker died before or during the call
   * @throws {DisposedError} the session was disposed of before or during the call
   */
  call<Result>(work: (remote: RemoteEngine) => Promise<Result>): Promise<Result> {
    return this.#pending.end ? Promise.reject(this.#pending.end) : this.#pending.orEnd(work(this.#remote));
  }

  /** Ends the worker; pending calls reject with `DisposedError`. May be called twice. */
  dispose(): void {
    this.#end(new DisposedError('The recommender was disposed of during the call.'));
  }

  #end(reason: Error): void {
    if (this.#pending.end) return;
    this.#pending.endWith(reason);
    this.#lockRequest.abort();
    this.#worker.terminate();
    this.#onEnd();
  }
}
