import { DeviceLostError } from '../errors.ts';
import type { Backend } from './backend.ts';

interface Watch {
  reason: string | null;
  readonly waiting: Set<(error: DeviceLostError) => void>;
}

/** One listener a back end: `lost` may never settle, and whatever waits on it directly is kept for ever. */
const watches = new WeakMap<Backend, Watch>();

/**
 * `work`, or `DeviceLostError` as soon as the back end is lost: work on a lost device may never settle.
 */
export function orLost<Result>(backend: Backend, work: Promise<Result>): Promise<Result> {
  const watch = watchOf(backend);
  return new Promise<Result>((resolve, reject) => {
    watch.waiting.add(reject);
    if (watch.reason !== null) reject(new DeviceLostError(watch.reason));
    void work.then(resolve, reject).finally(() => watch.waiting.delete(reject));
  });
}

/** Whether the loss of the back end is known. */
export function isLost(backend: Backend): boolean {
  return watchOf(backend).reason !== null;
}

function watchOf(backend: Backend): Watch {
  const known = watches.get(backend);
  if (known !== undefined) return known;
  const watch: Watch = { reason: null, waiting: new Set() };
  watches.set(backend, watch);
  void listen(backend, watch);
  return watch;
}

async function listen(backend: Backend, watch: Watch): Promise<void> {
  const reason = await backend.lost;
  watch.reason = reason;
  for (const reject of watch.waiting) reject(new DeviceLostError(reason));
  watch.waiting.clear();
}
