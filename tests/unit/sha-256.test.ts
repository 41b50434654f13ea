import { createHash } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { sha256, sha256Portable } from '../../src/pack/sha-256.ts';
import { randomNumbers } from '../support/synthetic.ts';

const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from(randomNumbers(length, { seed: length + 1, scale: 128 }), (value) => value + 128);

afterEach(() => {
  vi.unstubAllGlobals();
});

// 55, 56, 63, 64 and 65 are where the padding changes its number of blocks.
test.each([0, 1, 55, 56, 63, 64, 65, 1000, 70_001])('%i bytes: both ways give what Node gives', async (length) => {
  const bytes = bytesOf(length);
  const wanted = createHash('sha256').update(bytes).digest('hex');
  expect(await sha256(bytes)).toBe(wanted);
  expect(sha256Portable(bytes)).toBe(wanted);
});

test('the standard’s own example', () => {
  expect(sha256Portable(new TextEncoder().encode('abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test('without crypto.subtle, as on a page that is not served securely', async () => {
  const wanted = await sha256(bytesOf(100));
  vi.stubGlobal('crypto', {});
  expect(await sha256(bytesOf(100))).toBe(wanted);
});
