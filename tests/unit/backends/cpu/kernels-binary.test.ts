import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

test('the committed WebAssembly is what its sources compile to', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pocketrec-wasm-'));
  try {
    const file = path.join(folder, 'kernels.wasm');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build/build-wasm.mjs', file]);
    expect(status, `${stdout}${stderr}`).toBe(0);
    expect(readFileSync(file).equals(readFileSync('src/backends/cpu/wasm/kernels.wasm'))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
