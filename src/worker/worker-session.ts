import { createBirpc, type BirpcReturn } from 'birpc';
import { DisposedError, WorkerLostError } from '../errors.ts';
import { PendingWork } from '../pending-work.ts';
import { callChannel } from './call-channel.ts';
import type { EngineFunctions, EnginePage } from './engine-service.ts';

/** The functions of the engine's worker, each answering by a promise. */
export type RemoteEngine = BirpcReturn<EngineFunctions, EnginePage>;

/** What a session offers to its worker, and how it is watched. */
export interface SessionOptions {
  readonly page: EnginePage;
  /** Called once, however the session ends. */
  readonly onEnd: () => void;
  /** After how long a worker that does not start counts as dead, in milliseconds; default 30,000. */
  readonly startTimeoutMs?: number;
}

/**
 * One worker and the calls under way in it. A worker that dies (out of memory, ended by the browser, an uncaught
 * error) says nothing; but its Web Lock falls free, and then every pending call rejects with `WorkerLostError`.
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
   * Starts a worker and watches over it.
   *
   * @throws {WorkerLostError} its script could not be loaded or run, or it did not start in time
   */
  static async start(worker: Worker, options: SessionOptions): Promise<WorkerSession> {
    const { startTimeoutMs = 30_000 } = options;
    const session = new WorkerSession(worker, options);
    // Pages on plain http have no Web Locks: there only error events tell.
    if (!('locks' in navigator)) return session;
    const lockName = `pocketrec-worker-${crypto.randomUUID()}`;
    // Before it holds the lock nothing tells of its death but time.
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
      .catch(() => undefined); // aborted: the session ended otherwise
    return session;
  }

  /**
   * Runs one call in the worker.
   *
   * @throws {WorkerLostError} the worker died meanwhile
   * @throws {DisposedError} the session was ended meanwhile
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
