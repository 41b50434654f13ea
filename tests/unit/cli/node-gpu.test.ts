import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hasHardwareDriver } from '../../../src/cli/node-gpu.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-drivers-'));
  vi.stubEnv('POCKETREC_VULKAN', undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test.each([
  [['nvidia_icd.json'], true],
  [['lvp_icd.x86_64.json', 'radeon_icd.x86_64.json'], true],
  [['lvp_icd.x86_64.json'], false],
  [['vk_swiftshader_icd.json'], false],
  [['README'], false],
  [[], false],
])('drivers %j', async (names, expected) => {
  for (const name of names) await writeFile(path.join(folder, name), '{}');
  expect(await hasHardwareDriver([path.join(folder, 'missing'), folder])).toBe(expected);
});

test('POCKETREC_VULKAN=software rules the real GPU out', async () => {
  await writeFile(path.join(folder, 'nvidia_icd.json'), '{}');
  vi.stubEnv('POCKETREC_VULKAN', 'software');
  expect(await hasHardwareDriver([folder])).toBe(false);
});
