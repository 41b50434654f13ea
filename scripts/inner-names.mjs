import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/**
 * The methods that code alone calls which is built together, so that a minifier may rename them in all of its files.
 * Names of data are not among them: data is kept, sent and handed out. Nor are names that anything else may know a
 * method by: the declarations, the kernels in WebAssembly and the worker that runs them, or a string.
 *
 * @param built the files' folder, with types/, kernels.wasm and lane-worker.js
 * @param files the scripts, relative to it, as Rolldown left them
 * @returns names in no order; those that browsers have too are still among them
 */
export async function innerNames(built, files) {
  const methods = new Set();
  const known = new Set(['constructor']);
  const visit = (node) => {
    if (node.type === 'MethodDefinition' && node.key.type === 'Identifier') methods.add(node.key.name);
    if (node.type === 'Literal') known.add(node.value);
    if (node.type === 'TemplateElement') known.add(node.value.raw);
    for (const child of Object.values(node)) {
      for (const one of Array.isArray(child) ? child : [child]) if (typeof one?.type === 'string') visit(one);
    }
  };
  for (const file of files.scripts) visit(parseAst(await readFile(path.join(built, file), 'utf8')));
  for (const file of [...files.types, 'lane-worker.js']) {
    const text = await readFile(path.join(built, file), 'utf8');
    for (const [word] of text.matchAll(/[\w$]+/g)) known.add(word);
  }
  const kernels = await WebAssembly.compile(await readFile(path.join(built, 'kernels.wasm')));
  for (const { name } of WebAssembly.Module.exports(kernels)) known.add(name);
  return [...methods].filter((name) => !known.has(name));
}
