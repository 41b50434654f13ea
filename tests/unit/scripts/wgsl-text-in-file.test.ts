/** The SDK's shaders come from a file of its own: what a kernel gets is what the sources say, without comments. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { expect, test, vi } from 'vitest';
import { bareWgsl } from '../../../scripts/build/bare-wgsl.mjs';
import { wgslInFile } from '../../../scripts/build/wgsl-plugins.mjs';

test('every shader, alone and joined to another', async () => {
  const shaders = path.resolve('src/shaders');
  const names = (await readdir(shaders, { recursive: true })).filter((name) => name.endsWith('.wgsl'));
  expect(names.length).toBeGreaterThan(20);
  const folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-wgsl-'));
  const files = names.map((name) => path.join(shaders, name));
  await writeFile(
    path.join(folder, 'entry.js'),
    `export * from ${JSON.stringify(path.resolve('src/gpu/wgsl-text.ts'))};
     ${files.map((file, index) => `import code${index} from ${JSON.stringify(`${file}?raw`)};`).join('\n')}
     export const codes = [${files.map((_, index) => `code${index}`).join(', ')}];`,
  );
  try {
    const bundle = await rolldown({ input: path.join(folder, 'entry.js'), plugins: [wgslInFile()] });
    await bundle.write({ dir: folder, entryFileNames: 'built.mjs' });
    await bundle.close();
    const text = await readFile(path.join(folder, 'shaders.wgsl'), 'utf8');
    const asked = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(text));
    const { loadWgsl, wgslOf, codes } = (await import(path.join(folder, 'built.mjs'))) as Built;
    await loadWgsl();
    expect(asked).toHaveBeenCalledWith(
      expect.objectContaining({ pathname: expect.stringMatching(/\/shaders\.wgsl$/) }),
    );
    const wanted = await Promise.all(files.map(async (file) => `${bareWgsl(await readFile(file, 'utf8'))}\n`));
    expect(codes.map(wgslOf)).toEqual(wanted);
    expect(wgslOf(codes[1]! + codes[0]!)).toBe(wanted[1]! + wanted[0]!);

    asked.mockImplementation(async () => new Response('', { status: 404 }));
    await expect(loadWgsl()).rejects.toThrow('shaders.wgsl: 404');
  } finally {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  }
});

interface Built {
  readonly loadWgsl: () => Promise<void>;
  readonly wgslOf: (code: string) => string;
  readonly codes: readonly string[];
}
