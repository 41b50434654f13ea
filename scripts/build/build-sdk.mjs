/**
 * `npm run build:sdk`: the library without the demo, in dist/sdk: index.js (the page's side), engine-worker.js (the
 * engine, with the CPU's kernels and the GPU's WGSL beside it), shared.js (what both need), types/. Prints the size of
 * every file and how the sums compare with their limits. Vite's library mode would turn the worker into a data: URL, which
 * has no IndexedDB and breaks a strict Content-Security-Policy; so Rolldown, with the worker's address left as it is.
 */
import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { writeKernelFiles } from './kernel-files.mjs';
import { reportSizes } from './report-sizes.mjs';
import { wgslInFile } from './wgsl-plugins.mjs';

/**
 * What is loaded by itself, one line each: the file's name, its source, and the part of the SDK that it belongs to. What a
 * page must load is the `core`. An entry point for few (`exports` in package.json names it too) is a part of its own: its
 * figure is what it loads beside the core.
 */
const entries = [
  { name: 'index', source: 'src/index.ts', part: 'core' },
  { name: 'engine-worker', source: 'src/worker/engine-worker.ts', part: 'core' },
];

/** Bytes after Brotli, above which the build fails. They leave room to grow, and show a dependency that came in unseen. */
const limits = { core: 64_000, all: 96_000 };

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
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
  input: Object.fromEntries(entries.map(({ name, source }) => [name, path.join(root, source)])),
  platform: 'browser',
  tsconfig: false,
  transform: {
    // Lowers what Safari and older browsers cannot parse.
    target: 'es2022',
    // What Node needs is for the command line, which is built by itself. A page may have a `process` that is not Node's.
    define: { 'globalThis.process': 'undefined' },
  },
  plugins: [wgslInFile(), workerAddress],
});
const { output } = await bundle.write({
  dir: out,
  format: 'es',
  minify: true,
  comments: { legal: true, annotation: false, jsdoc: false },
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  // Nothing may import the worker's entry: a development server gives it another address there than where it is
  // started, so it would run twice. So what the page needs too is a chunk, and the page does not load the engine.
  codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
});
await bundle.close();
await writeKernelFiles(out);
await writeTypes();

const index = await readFile(path.join(out, 'index.js'), 'utf8');
// Bundlers of those who use this recognise the worker by this very form, and it must lie beside index.js.
if (!/new Worker\(new URL\([`'"]\.\/engine-worker\.js[`'"],\s*import\.meta\.url\)/.test(index)) {
  fail('index.js does not hold `new Worker(new URL("./engine-worker.js", import.meta.url)`.');
}
for (const { fileName, imports } of output.filter(({ type }) => type === 'chunk')) {
  if (imports.includes('engine-worker.js')) fail(`${fileName} imports the worker's entry, which would run twice.`);
}

const partOf = partsOfFiles();
const parts = [...new Set(entries.map(({ part }) => part))];
const { table, overLimit } = await reportSizes('sdk', {
  folder: out,
  files: (await readdir(out, { recursive: true })).filter((file) => /\.(wasm|wgsl|js)$/.test(file)),
  totals: [
    ...parts.map((part) => ({
      name: `JavaScript: ${part}`,
      // What no entry imports, the thread's worker, is the core's.
      includes: (file) => file.endsWith('.js') && (partOf.get(file) ?? 'core') === part,
      limit: limits[part],
    })),
    { name: 'all files', includes: () => true, limit: limits.all },
  ],
});
console.log(table);
if (overLimit.length > 0) fail(`The SDK is above its limit: ${overLimit.join(', ')}.`);

/** For every script that entries import, the first part whose entries do. */
function partsOfFiles() {
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]));
  const found = new Map();
  for (const { name, part } of entries) {
    const waiting = [`${name}.js`];
    while (waiting.length > 0) {
      const file = waiting.pop();
      if (found.has(file)) continue;
      found.set(file, part);
      const { imports, dynamicImports } = chunks.get(file);
      waiting.push(...imports, ...dynamicImports);
    }
  }
  return found;
}

/** Declarations of what the index reaches, and of nothing else; the GPU's types must not be among them. */
async function writeTypes() {
  const types = path.join(out, 'types');
  const compiler = path.join(root, 'node_modules', '.bin', 'tsc');
  const { status } = spawnSync(
    compiler,
    ['-p', path.join(root, 'scripts', 'build', 'tsconfig.sdk.json'), '--outDir', types],
    {
      stdio: 'inherit',
    },
  );
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
}

function withoutComments(source) {
  return source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
