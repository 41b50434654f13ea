import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rolldown/parseAst';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** Code that stores nothing itself: what leaves these files is named in the declarations or in other code too. */
const innerFolders = /^(?:engine|serving|model|backends|sdk|gpu|shaders|worker)\/(?!.*assembly).*\.ts$|^[\w-]+\.ts$/;
/** What that code names and others know: WebGPU, and the libraries that are built into the same files. */
const libraries = ['@webgpu/types/dist/index.d.ts', 'birpc/dist/index.mjs', 'idb/build/index.js'];

/**
 * The names that code alone knows which is built together, so that a minifier may change them in all of its files:
 * methods, and data of the inner folders where no other file says the same word. Never a name that anything else may
 * know: the declarations, the kernels in WebAssembly and the worker that runs them, or a string.
 *
 * @param built the files' folder, with types/, kernels.wasm and thread-worker.js
 * @param files the scripts, relative to it, as Rolldown left them, and the declarations
 * @returns names in no order; those that browsers have too may still be among them
 */
export async function innerNames(built, files) {
  const [methods, properties] = [new Set(), new Set()];
  const known = new Set(['constructor']);
  const visit = (node) => {
    if (node.type === 'Literal') known.add(node.value);
    if (node.type === 'TemplateElement') known.add(node.value.raw);
    const name = node.type === 'MemberExpression' ? node.property : node.key;
    if (name?.type === 'Identifier' && !node.computed) {
      (node.type === 'MethodDefinition' ? methods : properties).add(name.name);
    }
    for (const child of Object.values(node)) {
      for (const one of Array.isArray(child) ? child : [child]) if (typeof one?.type === 'string') visit(one);
    }
  };
  for (const file of files.scripts) visit(parseAst(await readFile(path.join(built, file), 'utf8')));
  for (const file of [...files.types, 'thread-worker.js'])
    addWords(await readFile(path.join(built, file), 'utf8'), known);
  const kernels = await WebAssembly.compile(await readFile(path.join(built, 'kernels.wasm')));
  for (const { name } of WebAssembly.Module.exports(kernels)) known.add(name);

  const [inner, outer] = [new Set(), new Set()];
  for (const file of await readdir(path.join(root, 'src'), { recursive: true })) {
    if (!/\.(?:ts|tsx|js|wgsl)$/.test(file)) continue;
    const text = await readFile(path.join(root, 'src', file), 'utf8');
    addWords(text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''), innerFolders.test(file) ? inner : outer);
  }
  for (const file of libraries) addWords(await readFile(path.join(root, 'node_modules', file), 'utf8'), outer);
  const names = [...methods, ...[...properties].filter((name) => inner.has(name) && !outer.has(name))];
  return names.filter((name) => !known.has(name));
}

function addWords(text, words) {
  for (const [word] of text.matchAll(/[\w$]+/g)) words.add(word);
}
