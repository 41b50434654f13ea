import { DeviceLostError } from '../errors.ts';
import { PendingWork } from '../pending-work.ts';
import type { Backend } from './backend.ts';

/**
 * The pending work of each back end. All of it shares one listener on `lost`, because a promise that never settles
 * keeps its listeners for ever.
 */
const pending = new WeakMap<Backend, PendingWork>();

/**
 * Settles as `work` does, but rejects as soon as the back end is lost, since `work` itself may then never settle.
 *
 * @throws {DeviceLostError} the back end was lost before or during the call
 */
export function orLost<Result>(backend: Backend, work: Promise<Result>): Promise<Result> {
  return pendingOf(backend).orEnd(work);
}

/**
 * Whether the back end is known to be lost. The first call for a back end only begins to listen, so it returns false
 * even if the device is already lost.
 */
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
