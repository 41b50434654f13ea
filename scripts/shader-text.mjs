import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { wgslMinifier } from './minify-wgsl.mjs';

const shaderFolder = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'src', 'shaders');

/** Makes WGSL small, with the same short names in all shaders. */
export async function shaderMinifier() {
  const shaderFiles = (await readdir(shaderFolder, { recursive: true })).filter((file) => file.endsWith('.wgsl'));
  return wgslMinifier(await Promise.all(shaderFiles.map((file) => readFile(path.join(shaderFolder, file), 'utf8'))));
}

/** A Rolldown plugin: WGSL imported with `?raw` becomes text without what only people read. */
export async function shaderText() {
  const minifyWgsl = await shaderMinifier();
  return {
    name: 'shader-text',
    async load(id) {
      if (!id.endsWith('.wgsl?raw')) return null;
      const source = await readFile(id.slice(0, -'?raw'.length), 'utf8');
      return { code: `export default ${JSON.stringify(minifyWgsl(source))};`, moduleType: 'js' };
    },
    async resolveId(source, importer) {
      if (!source.endsWith('.wgsl?raw')) return null;
      return path.resolve(path.dirname(importer), source);
    },
  };
}
