/** How WGSL, which the sources import with `?raw`, gets into a build: bare, and inline or in a file of its own. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareWgsl } from './bare-wgsl.mjs';

const shaders = fileURLToPath(new URL('../../src/shaders/', import.meta.url));
const importEnding = '.wgsl?raw';

/** A plugin for Rolldown and Vite: WGSL becomes a string in the code. */
export function inlineWgsl() {
  return wgslPlugin('inline-wgsl', async (file) => `export default ${JSON.stringify(await bareFile(file))};`);
}

/**
 * A plugin for Rolldown: WGSL goes into the file `shaders.wgsl`, which only those who open a GPU download. In the code a
 * mark stands for each source, `@source NAME` on a line of its own (no WGSL can hold that); in the file the source follows
 * its mark. `wgsl-text-in-file.js` puts one in the other's place.
 */
export function wgslInFile() {
  const inline = wgslPlugin('wgsl-in-file', (file) => `export default ${JSON.stringify(markOf(file))};`);
  return {
    ...inline,
    async load(id) {
      if (id.endsWith(path.join('src', 'gpu', 'wgsl-text.ts'))) {
        const code = await readFile(new URL('./wgsl-text-in-file.js', import.meta.url), 'utf8');
        return { code, moduleType: 'js' };
      }
      return inline.load(id);
    },
    async generateBundle() {
      // Sorted, so that the same sources give the same bytes.
      const names = (await readdir(shaders, { recursive: true })).filter((name) => name.endsWith('.wgsl')).sort();
      const sections = names.map(async (name) => {
        const file = path.join(shaders, name);
        return `${markOf(file)}${await bareFile(file)}\n`;
      });
      this.emitFile({ type: 'asset', fileName: 'shaders.wgsl', source: (await Promise.all(sections)).join('') });
    },
  };
}

/** @param moduleOf the JavaScript that an import of this file gives */
function wgslPlugin(name, moduleOf) {
  return {
    name,
    // Vite has a meaning of its own for `?raw`.
    enforce: 'pre',
    apply: 'build',
    resolveId(source, importer) {
      return source.endsWith(importEnding) ? path.resolve(path.dirname(importer), source) : null;
    },
    async load(id) {
      if (!id.endsWith(importEnding)) return null;
      return { code: await moduleOf(id.slice(0, -'?raw'.length)), moduleType: 'js' };
    },
  };
}

async function bareFile(file) {
  return bareWgsl(await readFile(file, 'utf8'));
}

function markOf(file) {
  return `@source ${path.relative(shaders, file).split(path.sep).join('/')}\n`;
}
