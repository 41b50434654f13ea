import { DeviceLostError } from '../errors.ts';
import { PendingWork } from '../pending-work.ts';
import type { Backend } from './backend.ts';

/**
 * The work under way on each back end. One listener on `lost` serves all of it: a promise that never settles keeps every
 * listener for ever.
 */
const pending = new WeakMap<Backend, PendingWork>();

/**
 * Settles as `work` does, or rejects as soon as the back end is lost: `work` itself may never settle then.
 *
 * @throws {DeviceLostError} the back end was lost, before the call or during it
 */
export function orLost<Result>(backend: Backend, work: Promise<Result>): Promise<Result> {
  return pendingOf(backend).orEnd(work);
}

/**
 * Whether the back end is known to be lost. The first call for a back end only starts to listen: it returns false even
 * where the device is gone already.
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
