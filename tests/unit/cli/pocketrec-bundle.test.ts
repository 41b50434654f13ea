import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EvaluateReport } from '../../../src/cli/evaluate/evaluate-command.ts';

// The program as it is packed, in a folder without any node_modules above it.
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-bundle-'));
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build/build-cli.mjs', folder], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

function pocketrec(...args: string[]) {
  return spawnSync(path.join(folder, 'pocketrec.mjs'), args, { encoding: 'utf8', cwd: folder });
}

test('the package names it, and it runs by itself with Node alone', async () => {
  const { bin, files } = JSON.parse(await readFile('package.json', 'utf8')) as {
    bin: Record<string, string>;
    files: string[];
  };
  expect(bin).toEqual({ pocketrec: 'dist/cli/pocketrec.mjs' });
  expect(files).toContain('dist/cli');

  await writeFile(path.join(folder, 'train'), '1 1 2 3\n2 1 2 4\n3 5 6 7\n4 5 6 8\n');
  await writeFile(path.join(folder, 'test'), '1 4\n3 8\n');
  const { status, stdout, stderr } = pocketrec(
    ...'evaluate --train train --test test --format lightgcn --factors 2 --epochs 8 --metrics hit@1 --json'.split(' '),
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(JSON.parse(stdout) as EvaluateReport).toMatchObject({
    adapter: 'WebAssembly SIMD',
    users: 2,
    metrics: { 'hit@1': 1 },
  });
});

test('without the package webgpu the GPU is refused, and the error says what to install', async () => {
  const { status, stdout, stderr } = pocketrec(
    ...'evaluate --train train --test test --format lightgcn --backend webgpu'.split(' '),
  );
  expect(stderr).toBe('Node has no WebGPU of its own; install the npm package webgpu (npm install webgpu).\n');
  expect(stdout).toBe('');
  expect(status).toBe(1);
});

test('wrong usage', () => {
  expect(pocketrec('evaluate')).toMatchObject({ status: 2, stdout: '' });
});
