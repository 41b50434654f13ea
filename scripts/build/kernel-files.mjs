import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const folder = path.join(
  path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url)))),
  'src',
  'backends',
  'cpu',
  'wasm',
);

/** The two files that the CPU back end looks for beside its own: the kernels, and the worker that runs them. */
export async function writeKernelFiles(target) {
  await copyFile(path.join(folder, 'kernels.wasm'), path.join(target, 'kernels.wasm'));
  const bundle = await rolldown({ input: path.join(folder, 'thread-worker.js'), tsconfig: false });
  await bundle.write({ file: path.join(target, 'thread-worker.js'), format: 'es', minify: true });
  await bundle.close();
}
