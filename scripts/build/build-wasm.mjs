/**
 * `npm run build:wasm [-- FILE]`: compiles src/backends/cpu/wasm/assembly (AssemblyScript) into
 * src/backends/cpu/wasm/kernels.wasm, or into FILE. The binary is committed: a build of the page or the SDK needs no
 * compiler. A test compiles it again and compares: the same sources give the same bytes.
 */
import { spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const file = path.resolve(process.argv[2] ?? path.join(root, 'src/backends/cpu/wasm/kernels.wasm'));
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/assemblyscript/bin/asc.js',
    'src/backends/cpu/wasm/assembly/index.ts',
    `--outFile=${file}`,
    '--optimizeLevel=3',
    '--shrinkLevel=0',
    '--noAssert',
    '--runtime=stub',
    '--enable=simd',
    '--initialMemory=1',
  ],
  { cwd: root, stdio: 'inherit' },
);
if (status !== 0) process.exit(1);
console.log(`${path.relative(root, file)}: ${(await stat(file)).size} B`);
