import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'vite';

/** The fenced blocks of one language in a Markdown text, in order. */
export function codeBlocks(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...markdown.matchAll(fence)].map((match) => match[1]!);
}

/**
 * Lets tests import the README's own TypeScript: `virtual:readme/all.ts` is its `ts` blocks joined into one module, in
 * which `pocketrec` is this repository's `src/index.ts`.
 */
export function readmeBlocks(root: string): Plugin {
  const id = 'virtual:readme/all.ts';
  // A path inside the repository, so that TypeScript is stripped and imports resolve as for a file there.
  const resolved = path.join(root, 'tests', 'browser', 'readme-blocks.virtual.ts');
  return {
    name: 'pocketrec-readme-blocks',
    enforce: 'pre',
    resolveId(source) {
      if (source === id) return resolved;
      if (source === 'pocketrec') return path.join(root, 'src', 'index.ts');
      return null;
    },
    load(file) {
      if (file !== resolved) return null;
      return codeBlocks(readFileSync(path.join(root, 'README.md'), 'utf8'), 'ts').join('\n');
    },
  };
}
