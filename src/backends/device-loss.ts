import { DeviceLostError } from '../errors.ts';
import { PendingWork } from '../pending-work.ts';
import type { Backend } from './backend.ts';

/** One listener a back end: `lost` may never settle, and whatever waits on it directly is kept for ever. */
const pending = new WeakMap<Backend, PendingWork>();

/**
 * `work`, or `DeviceLostError` as soon as the back end is lost: work on a lost device may never settle.
 */
export function orLost<Result>(backend: Backend, work: Promise<Result>): Promise<Result> {
  return pendingOf(backend).orEnd(work);
}

/** Whether the loss of the back end is known. */
export function isLost(backend: Backend): boolean {
  return pendingOf(backend).end !== null;
}

function pendingOf(backend: Backend): PendingWork {
  const known = pending.get(backend);
  if (known !== undefined) return known;
  const work = new PendingWork();
  pending.set(backend, work);
  void backend.lost.then((reason) => work.endWith(new DeviceLostError(reason)));
  return work;
}
