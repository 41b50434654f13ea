import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const folder = 'dist/sdk';

/** `npm run bench -- size`: what a page downloads, file by file. */
export async function benchSdkSize(): Promise<void> {
  const names = await readdir(folder, { recursive: true }).catch(() => null);
  if (names === null) {
    console.log(`npm run bench -- size: ${folder} does not exist; npm run build:sdk makes it`);
    return;
  }
  console.log('npm run bench -- size · SDK as built, after brotli');
  let total = 0;
  for (const name of names.filter((file) => /\.(?:js|wasm)$/u.test(file)).sort()) {
    const { length } = brotliCompressSync(await readFile(path.join(folder, name)));
    total += length;
    console.log(`  ${name.padEnd(44)} ${(length / 1000).toFixed(1).padStart(8)} kB`);
  }
  console.log(`  ${'all'.padEnd(44)} ${(total / 1000).toFixed(1).padStart(8)} kB`);
}
