import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { shaderMinifier } from './shader-text.mjs';

const shaders = fileURLToPath(new URL('../src/shaders/', import.meta.url));

/** The file beside the engine that holds all WGSL. */
const fileName = 'shaders.wgsl';

/** What `src/gpu/wgsl-text.ts` becomes: code holds marks, and the file's parts take their place. */
const textModule = `
let parts;
export async function loadWgsl() {
  const response = await fetch(new URL('./${fileName}', import.meta.url));
  if (!response.ok) throw new Error('${fileName}: ' + response.status);
  parts = (await response.text()).split('//');
}
export const wgslOf = (code) => code.replace(/@(\\d+)/g, (_, part) => parts[part]);
`;

/** A Rolldown plugin: WGSL goes into a file of its own, \`shaders.wgsl\`, without what only people read. */
export async function shaderFile() {
  const minify = await shaderMinifier();
  // Numbered by name: in the order of loading, the same sources would give other bytes at every build.
  const files = (await readdir(shaders, { recursive: true }))
    .filter((name) => name.endsWith('.wgsl'))
    .sort()
    .map((name) => path.join(shaders, name));
  return {
    name: 'shader-file',
    resolveId: (source, importer) =>
      source.endsWith('.wgsl?raw') ? path.resolve(path.dirname(importer), source) : null,
    load(id) {
      if (id.endsWith('wgsl-text.ts')) return { code: textModule, moduleType: 'js' };
      if (!id.endsWith('.wgsl?raw')) return null;
      const file = id.slice(0, -'?raw'.length);
      return { code: `export default '@${files.indexOf(file)}';`, moduleType: 'js' };
    },
    async generateBundle() {
      const texts = await Promise.all(files.map(async (file) => minify(await readFile(file, 'utf8'))));
      this.emitFile({ type: 'asset', fileName, source: texts.join('//') });
    },
  };
}
