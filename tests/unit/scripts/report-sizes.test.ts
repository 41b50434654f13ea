import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { reportSizes } from '../../../scripts/build/report-sizes.mjs';

test('each file, the totals, and the totals above their limit', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-sizes-'));
  try {
    const text = 'a'.repeat(1500);
    const compressed = brotliCompressSync(text).byteLength;
    await writeFile(path.join(folder, 'b.js'), text);
    await writeFile(path.join(folder, 'a.css'), text);
    const { table, overLimit } = await reportSizes('test', {
      folder,
      files: ['b.js', 'a.css'],
      totals: [
        { name: 'scripts', includes: (file) => file.endsWith('.js'), limit: compressed },
        { name: 'all files', includes: () => true, limit: 2 * compressed - 1 },
      ],
    });
    expect(overLimit).toEqual(['all files']);
    expect(table.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))).toEqual([
      ['', 'file', 'bytes', 'brotli', 'limit', ''],
      ['', '-------------', '----:', '-----:', '----:', ''],
      ['', 'a.css', '1,500', `${compressed}`, '', ''],
      ['', 'b.js', '1,500', `${compressed}`, '', ''],
      ['', '**scripts**', '1,500', `${compressed}`, `${compressed}`, ''],
      ['', '**all files**', '3,000', `${2 * compressed}`, `${2 * compressed - 1}`, ''],
      [''],
    ]);
    expect(await readFile('artifacts/sizes-test.md', 'utf8')).toBe(table);
  } finally {
    await rm(folder, { recursive: true });
    await rm('artifacts/sizes-test.md', { force: true });
  }
});
