/**
 * `npm run build:sdk`: the library without the demo, in dist/sdk: index.js (the page's side), engine-worker.js (the
 * engine, with the CPU's kernels and the GPU's WGSL beside it), shared.js (what both need), types/. Prints the size of
 * every file as Brotli makes it, and how all JavaScript compares with the budget. Vite's library mode would turn the
 * worker into a data: URL, which has no IndexedDB and breaks a strict Content-Security-Policy; so Rolldown, with the
 * worker's address left as it is. Terser comes last: after Rolldown's own minifier it still finds one byte in a hundred.
 */
import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { rolldown } from 'rolldown';
import { minify } from 'terser';
import { innerNames } from './inner-names.mjs';
import { writeKernelFiles } from './kernel-files.mjs';
import { shaderFile } from './shader-file.mjs';

/** What all JavaScript of the SDK may come to, Brotli quality 11, in bytes: the build fails above it. */
const budgetBytes = 40_000;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const out = path.join(root, 'dist', 'sdk');

/** The worker is built as an entry of its own beside index.js; its address only changes the ending. */
const workerAddress = {
  name: 'worker-address',
  transform(code, id) {
    if (!id.endsWith('engine-client.ts')) return null;
    return code.replace(
      "new URL('./engine-worker.ts', import.meta.url)",
      "new URL('./engine-worker.js', import.meta.url)",
    );
  },
};

await rm(out, { recursive: true, force: true });
const bundle = await rolldown({
  input: {
    index: path.join(root, 'src/index.ts'),
    'engine-worker': path.join(root, 'src/worker/engine-worker.ts'),
  },
  platform: 'browser',
  tsconfig: false,
  // Lowers what Safari and older browsers cannot parse, and leaves out fields that only tell their type.
  transform: {
    target: 'es2022',
    // What Node needs is for the command line, which is built by itself.
    define: { 'globalThis.process': 'undefined' },
    typescript: { removeClassFieldsWithoutInitializer: true },
  },
  // With these calls idb adds shortcuts on the database and `for await` over stores; nothing here uses them.
  treeshake: { manualPureFunctions: ['replaceTraps'] },
  plugins: [await shaderFile(), workerAddress],
});
await bundle.write({
  dir: out,
  format: 'es',
  minify: { compress: { sequences: false }, mangle: true, codegen: true },
  comments: { legal: true, annotation: false, jsdoc: false },
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  // Nothing may import the worker's entry: a development server gives it another address there than where it is
  // started, so it would run twice. So what the page needs too is a chunk, and the page does not load the engine.
  codeSplitting: {
    groups: [{ name: 'shared', test: /birpc|src[\\/](errors|pending-work|history[\\/]preferences|worker[\\/]call)/ }],
  },
});
await bundle.close();
const minified = (await readdir(out, { recursive: true })).filter((file) => file.endsWith('.js')).sort();
await writeKernelFiles(out);
const types = await writeTypes();
await shorten(minified, await innerNames(out, { scripts: minified, types }));

const index = await readFile(path.join(out, 'index.js'), 'utf8');
// Bundlers of those who use this recognise the worker by this very form, and it must lie beside index.js.
if (!/new Worker\(new URL\([`'"]\.\/engine-worker\.js[`'"],\s*import\.meta\.url\)/.test(index)) {
  fail('index.js does not hold `new Worker(new URL("./engine-worker.js", import.meta.url)`.');
}
for (const file of minified) {
  if (/from\s*[`'"][./]*engine-worker\.js/.test(await readFile(path.join(out, file), 'utf8'))) {
    fail(`${file} imports the worker's entry, which would run twice.`);
  }
}

let total = 0;
const files = (await readdir(out, { recursive: true })).filter((file) => /\.(wasm|wgsl|js)$/.test(file)).sort();
for (const file of files) {
  const bytes = await readFile(path.join(out, file));
  const compressed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).byteLength;
  if (file.endsWith('.js')) total += compressed;
  console.log(
    `${file.padEnd(40)} ${String(bytes.byteLength).padStart(8)} B  ${String(compressed).padStart(7)} B brotli`,
  );
}
console.log(`${'all JavaScript of the SDK'.padEnd(40)} ${String(total).padStart(21)} B brotli, of ${budgetBytes}`);
if (total > budgetBytes) fail(`The SDK is ${total - budgetBytes} bytes above its budget.`);

/** @param inner methods that may get other names, the same in all files */
async function shorten(files, inner) {
  const nameCache = {};
  for (const file of files) {
    const { code } = await minify(await readFile(path.join(out, file), 'utf8'), {
      module: true,
      ecma: 2022,
      // No getter here does anything that counts, and no function is called with `new`.
      compress: { passes: 3, sequences: false, pure_getters: true, unsafe_arrows: true, keep_fargs: false },
      mangle: { properties: { regex: new RegExp(`^(?:${inner.join('|')})$`) } },
      nameCache,
      format: { comments: /@license/ },
    });
    await writeFile(path.join(out, file), code);
  }
}

/**
 * Declarations of what the index reaches, and of nothing else; the GPU's types must not be among them.
 *
 * @returns their files, relative to `out`
 */
async function writeTypes() {
  const types = path.join(out, 'types');
  const compiler = path.join(root, 'node_modules', '.bin', 'tsc');
  const { status } = spawnSync(compiler, ['-p', path.join(root, 'scripts', 'tsconfig.sdk.json'), '--outDir', types], {
    stdio: 'inherit',
  });
  if (status !== 0) fail('The declarations could not be written.');
  const reached = new Set();
  const waiting = [path.join(types, 'index.d.ts')];
  while (waiting.length > 0) {
    const file = waiting.pop();
    if (reached.has(file)) continue;
    reached.add(file);
    const text = await readFile(file, 'utf8');
    if (/\bGPU[A-Z]\w+/.test(withoutComments(text))) fail(`${path.relative(out, file)} speaks of GPU types.`);
    for (const [, specifier] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.ts['"]/g)) {
      waiting.push(path.resolve(path.dirname(file), `${specifier}.d.ts`));
    }
    await writeFile(file, text.replaceAll(/((?:from|import\()\s*['"]\.[^'"]+)\.ts(['"])/g, '$1.js$2'));
  }
  for (const name of await readdir(types, { recursive: true })) {
    const file = path.join(types, name);
    if (name.endsWith('.d.ts') && !reached.has(file)) await rm(file);
  }
  return [...reached].map((file) => path.relative(out, file));
}

function withoutComments(source) {
  return source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
