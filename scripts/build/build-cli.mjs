/**
 * `npm run build:cli [-- FOLDER]`: the command-line program, by default in dist/cli: pocketrec.mjs, and chunks/ with what is loaded on demand
 * (the GPU's side). It needs nothing but Node; the npm package `webgpu` is looked for where `--backend webgpu` asks
 * for it. The folder is the packed package's `bin`.
 */
import { chmod, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { writeKernelFiles } from './kernel-files.mjs';
import { reportSizes } from './report-sizes.mjs';
import { inlineWgsl } from './wgsl-plugins.mjs';

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const out = path.resolve(process.argv[2] ?? path.join(root, 'dist', 'cli'));

await rm(out, { recursive: true, force: true });
const bundle = await rolldown({
  input: { pocketrec: path.join(root, 'src', 'cli', 'pocketrec-bin.ts') },
  platform: 'node',
  tsconfig: false,
  external: ['webgpu'],
  transform: { target: 'node20' },
  plugins: [inlineWgsl()],
});
const { output } = await bundle.write({
  dir: out,
  format: 'es',
  comments: { legal: true, annotation: false, jsdoc: false },
  entryFileNames: '[name].mjs',
  chunkFileNames: 'chunks/[name]-[hash].mjs',
});
await bundle.close();
await writeKernelFiles(out);
const strangers = output
  .flatMap(({ imports = [], dynamicImports = [] }) => [...imports, ...dynamicImports])
  .filter(
    (name) =>
      !name.startsWith('node:') && name !== 'webgpu' && !name.includes('pocketrec') && !name.startsWith('chunks/'),
  );
if (strangers.length > 0) {
  console.error(`The program would need ${[...new Set(strangers)].join(', ')} beside Node.`);
  process.exit(1);
}
await chmod(path.join(out, 'pocketrec.mjs'), 0o755);
const { table } = await reportSizes('cli', {
  folder: out,
  files: (await readdir(out, { recursive: true })).filter((name) => /\.(mjs|js|wasm)$/.test(name)),
  totals: [{ name: 'all files', includes: () => true }],
});
console.log(table);
