import { expect, test } from 'vitest';
import { PendingWork } from '../../src/pending-work.ts';

const never = new Promise<never>(() => {});

test('work that settles is passed on, and its end forgotten', async () => {
  const pending = new PendingWork();
  expect(await pending.orEnd(Promise.resolve(3))).toBe(3);
  await expect(pending.orEnd(Promise.reject(new Error('own')))).rejects.toThrow('own');
  expect(pending.end).toBeNull();
});

test('the end rejects what is under way and what comes later, with the first reason', async () => {
  const pending = new PendingWork();
  const waiting = [pending.orEnd(never), pending.orEnd(never)];
  const reason = new Error('first');
  pending.endWith(reason);
  pending.endWith(new Error('second'));
  for (const work of [...waiting, pending.orEnd(never), pending.orEnd(Promise.resolve(1))]) {
    await expect(work).rejects.toBe(reason);
  }
  expect(pending.end).toBe(reason);
});
