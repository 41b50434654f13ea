/** The rooms of the source (docs/architecture.md): how large they may be, and that the linter holds their order. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Imports point down this list only. */
const order = [
  'demo',
  'cli',
  'evaluation',
  'sdk',
  'worker',
  'engine',
  'serving',
  'model',
  'storage',
  'pack',
  'backends',
  'shaders',
  'gpu',
  'covers',
  'data',
  'history',
];
const root = path.resolve(import.meta.dirname, '../..');
const rooms = folders('src').filter((folder) => path.dirname(folder) === 'src');

test('the order names every room', () => {
  expect(rooms.map((folder) => path.basename(folder)).toSorted()).toEqual(order.toSorted());
});

test.each(rooms)('%s has at most 6,000 lines', (room) => {
  const lines = [room, ...folders(room)]
    .flatMap(filesOf)
    .filter((file) => /\.(?:ts|tsx|js|css|wgsl)$/.test(file))
    .reduce((sum, file) => sum + readFileSync(path.join(root, file), 'utf8').split('\n').length - 1, 0);
  expect(lines).toBeGreaterThan(0);
  expect(lines).toBeLessThanOrEqual(6000);
});

test('no folder holds more than 20 files', () => {
  const all = ['src', 'tests', 'bench', 'scripts'].flatMap((top) => [top, ...folders(top)]);
  expect(all).toContain(path.join('tests', 'unit'));
  expect(all.filter((folder) => filesOf(folder).length > 20)).toEqual([]);
});

/** `from`, `import(…)` as a call or a type, `new URL(…, import.meta.url)`: all that one file can say of another. */
const references = /(?:from|import)\s*\(?\s*'([^']+)'|new URL\(\s*'([^']+)'/g;

test('the graph of the sources: down the list alone, within the repository, whatever way a file is named', () => {
  const below = (room: string): readonly string[] => order.slice(order.indexOf(room));
  const wrong: string[] = [];
  for (const room of order) {
    for (const file of [room, ...folders(`src/${room}`).map((folder) => path.relative('src', folder))]
      .flatMap((folder) => filesOf(`src/${folder}`))
      .filter((name) => /\.(?:ts|tsx|js)$/.test(name))) {
      const source = readFileSync(path.join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
      for (const [, imported, address] of source.matchAll(references)) {
        const name = (imported ?? address)!;
        if (!name.startsWith('.')) {
          if (name.startsWith('pocketrec')) wrong.push(`${file} imports the package itself`);
          continue;
        }
        const target = path.join(path.dirname(file), name);
        const [top, targetRoom] = target.split(path.sep);
        const isPublic = targetRoom === 'index.ts' && room === 'demo';
        const isCommon = /^(?:errors|known-options|pending-work)\.ts$/.test(targetRoom ?? '');
        if (top === 'src' && (isPublic || isCommon || below(room).includes(targetRoom ?? ''))) continue;

        wrong.push(`${file} names ${target}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

describe('what the linter says of imports that are planted', () => {
  let folder: string;
  let faults: readonly Fault[];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-rooms-'));
    await copyFile(path.join(root, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'));
    const plant = async (file: string, text: string): Promise<void> => {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await writeFile(path.join(folder, file), text);
    };
    for (const room of order) {
      await plant(`src/${room}/target.ts`, 'export const target = 1;\n');
      for (const other of order) {
        if (other === room) continue;
        await plant(`src/${room}/imports-${other}.ts`, `export { target } from '../${other}/target.ts';\n`);
        await plant(`src/${room}/deep/imports-${other}.ts`, `export { target } from '../../${other}/target.ts';\n`);
      }
      await plant(`src/${room}/imports-index.ts`, `export { target } from '../index.ts';\n`);
    }
    await plant('src/index.ts', `export { target } from './history/target.ts';\n`);
    await plant('src/data/egg.ts', `import { hen } from './hen.ts';\nexport const egg = (): unknown => hen;\n`);
    await plant('src/data/hen.ts', `import { egg } from './egg.ts';\nexport const hen = (): unknown => egg;\n`);
    faults = lint(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const restricted = (file: string): boolean =>
    faults.some(({ code, filename }) => code === 'eslint(no-restricted-imports)' && filename === file);

  test.each(order)('src/%s imports nothing from above', (room) => {
    const above = order.slice(0, order.indexOf(room));
    for (const other of above) {
      expect(restricted(`src/${room}/imports-${other}.ts`), `${room} imports ${other}`).toBe(true);
      expect(restricted(`src/${room}/deep/imports-${other}.ts`), `${room}/deep imports ${other}`).toBe(true);
    }
    // The public surface is the demo's way in, and nobody else's.
    expect(restricted(`src/${room}/imports-index.ts`)).toBe(room !== 'demo');
  });

  test('the demo reaches the engine by the public surface alone', () => {
    const refused = order.filter((other) => restricted(`src/demo/imports-${other}.ts`));
    expect(refused).toEqual(order.filter((other) => !['demo', 'covers'].includes(other)));
  });

  test('imports that point down are let through', () => {
    for (const [room, other] of [
      ['cli', 'evaluation'],
      ['sdk', 'worker'],
      ['worker', 'engine'],
      ['engine', 'serving'],
      ['serving', 'model'],
      ['model', 'backends'],
      ['backends', 'shaders'],
      ['shaders', 'gpu'],
      ['data', 'history'],
    ]) {
      expect(restricted(`src/${room}/imports-${other}.ts`), `${room} imports ${other}`).toBe(false);
    }
  });

  test('a cycle is refused within a room too', () => {
    const cycles = faults.filter(({ code }) => code === 'import(no-cycle)').map(({ filename }) => filename);
    expect(cycles).toContain('src/data/egg.ts');
    expect(cycles).toContain('src/data/hen.ts');
  });
});

interface Fault {
  readonly code: string;
  readonly filename: string;
}

function lint(folder: string): readonly Fault[] {
  const linter = path.join(root, 'node_modules', '.bin', 'oxlint');
  const { stdout, stderr } = spawnSync(linter, ['--format', 'json', '.'], { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Fault[] };
  return diagnostics.map(({ code, filename }) => ({ code, filename: filename.split(path.sep).join('/') }));
}

/** Every folder below, relative to the repository. */
function folders(top: string): string[] {
  expect(existsSync(path.join(root, top))).toBe(true);
  return readdirSync(path.join(root, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

function filesOf(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(folder, entry.name));
}
