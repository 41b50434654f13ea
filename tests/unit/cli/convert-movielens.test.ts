import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { main } from '../../../src/cli/movielens/convert-movielens.ts';

let folder: string;
let printed: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-convert-'));
  await mkdir(path.join(folder, 'from'));
  await writeFile(path.join(folder, 'from', 'movies.csv'), 'movieId,title,genres\n1,"Matrix, The (1999)",Action\n');
  printed = [];
  for (const stream of ['log', 'error'] as const) {
    vi.spyOn(console, stream).mockImplementation((text: string) => void printed.push(text));
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const writeRatings = (rows: string) =>
  writeFile(path.join(folder, 'from', 'ratings.csv'), `userId,movieId,rating,timestamp\n${rows}`);
const run = (...more: string[]) =>
  main(['--from', path.join(folder, 'from'), '--to', path.join(folder, 'to'), ...more]);

test('writes the data set, twice the same bytes', async () => {
  await writeRatings('1,1,4,100\n');
  const names = ['LICENSE.txt', 'catalogue.json', 'manifest.json', 'ratings.bin'];
  const read = () => Promise.all(names.map((name) => readFile(path.join(folder, 'to', name))));
  expect(await run()).toBe(0);
  expect((await readdir(path.join(folder, 'to'))).sort()).toEqual(names);
  const first = await read();
  expect(await run()).toBe(0);
  expect(await read()).toEqual(first);
  expect(String(first[0])).toContain('https://doi.org/10.1145/2827872');
  expect(printed[0]).toBe('1 films, 1 ratings by 1 users, 0 bad rows.');
});

test('bad rows are counted and listed, and nothing is written', async () => {
  await writeRatings('1,1,4,100\n1,1,six,100\n1,2,4,100\n2,3,4,100\n');
  expect(await run()).toBe(1);
  expect(printed).toContain('1 films, 1 ratings by 1 users, 3 bad rows.');
  expect(printed).toContain('not-a-number: 1');
  expect(printed).toContain('  ratings.csv, line 3: rating must be a number, got "six"');
  expect(printed).toContain('unknown-film: 2');
  expect(printed).toContain('  ratings.csv, line 4: no film has the id 2');
  expect(printed).toContain('  ratings.csv, line 5: no film has the id 3');
  expect(await readdir(folder)).toEqual(['from']);
});

test('--allow-bad-rows lists them all the same, and writes the others', async () => {
  await writeRatings('1,1,4,100\n1,1,six,100\n');
  expect(await run('--allow-bad-rows')).toBe(0);
  expect(printed).toContain('  ratings.csv, line 3: rating must be a number, got "six"');
  expect(await readdir(path.join(folder, 'to'))).toContain('ratings.bin');
});

test('a file that is no MovieLens file', async () => {
  await writeFile(path.join(folder, 'from', 'ratings.csv'), 'a,b\n1,2\n');
  expect(await run()).toBe(1);
  expect(printed[0]).toContain('ratings.csv must have the header userId,movieId,rating,timestamp, got a,b');
});

test.each([
  [[], '--from is missing'],
  [['--from', 'no/such/folder'], 'movies.csv does not exist'],
  [['--frm', 'x'], "Unknown option '--frm'"],
  [['x'], 'Unexpected argument'],
])('wrong usage: %j', async (args, message) => {
  expect(await main(args)).toBe(2);
  expect(printed[0]).toContain(message);
  expect(printed[0]).toContain('Usage: npm run data');
});
