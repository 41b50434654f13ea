import { createHash } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { RecommenderError } from '../../../src/errors.ts';
import { sha256 } from '../../../src/data/sha-256.ts';
import { randomNumbers } from '../../support/synthetic.ts';

const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from(randomNumbers(length, { seed: length + 1, scale: 128 }), (value) => value + 128);

afterEach(() => {
  vi.unstubAllGlobals();
});

test.each([0, 1, 55, 64, 1000, 70_001])('%i bytes: what Node gives', async (length) => {
  const bytes = bytesOf(length);
  expect(await sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('the standard’s own example, from the middle of a buffer', async () => {
  const bytes = new TextEncoder().encode('-abc-').subarray(1, 4);
  expect(await sha256(bytes)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test.each([{}, undefined])('a page that is not served securely is told what it needs: crypto is %j', async (crypto) => {
  vi.stubGlobal('crypto', crypto);
  await expect(sha256(bytesOf(100))).rejects.toThrow(RecommenderError);
  await expect(sha256(bytesOf(100))).rejects.toThrow(/over https, or from localhost/);
});
