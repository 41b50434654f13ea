import { afterEach, describe, expect, test, vi } from 'vitest';
import { convertMovieLens } from '../../../src/cli/movielens/movielens-conversion.ts';
import { datasetFolder, readDatasetFolder, readStrongSplit } from '../../../src/cli/read/read-dataset-folder.ts';
import { type DatasetBytes, fetchDataset, readDataset } from '../../../src/data/movielens/movielens-dataset.ts';
import { decodeStrongSplit, encodeStrongSplit, strongSplitRows } from '../../../src/evaluation/strong-split.ts';
import { InvalidDataError } from '../../../src/errors.ts';
import { sha256 } from '../../../src/data/sha-256.ts';

const conversion = await convertMovieLens({
  movies: 'movieId,title,genres\n1,Toy Story (1995),Comedy\n7,Heat (1995),Crime\n',
  ratings: 'userId,movieId,rating,timestamp\n1,1,4,100\n1,7,2.5,90\n3,7,5,80\n',
});
const good: DatasetBytes = {
  manifest: conversion.files.get('manifest.json')!,
  ratings: conversion.files.get('ratings.bin')!,
  catalogue: conversion.files.get('catalogue.json')!,
};
const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** The good data set with its catalogue replaced, under a manifest that vouches for it. */
async function withCatalogue(text: string): Promise<DatasetBytes> {
  const catalogue = bytesOf(text);
  const manifest = JSON.parse(textOf(good.manifest)) as { files: { catalogue: object } };
  Object.assign(manifest.files.catalogue, { byteLength: catalogue.length, sha256: await sha256(catalogue) });
  return { ...good, catalogue, manifest: bytesOf(JSON.stringify(manifest)) };
}

/** The good data set under a manifest with one piece of text replaced. */
const withManifest = (from: string, to: string): DatasetBytes => {
  expect(textOf(good.manifest)).toContain(from);
  return { ...good, manifest: bytesOf(textOf(good.manifest).replace(from, to)) };
};

async function expectRefused(bytes: DatasetBytes, ...messages: string[]): Promise<void> {
  const reading = readDataset(bytes);
  await expect(reading).rejects.toThrow(InvalidDataError);
  for (const message of messages) await expect(reading).rejects.toThrow(message);
}

describe('readDataset', () => {
  test('gives films, interactions and times', async () => {
    const dataset = await readDataset(good);
    expect(dataset.films.map(({ title }) => title)).toEqual(['Toy Story', 'Heat']);
    expect(dataset.interactions).toEqual({
      itemIds: ['1', '7'],
      userCount: 2,
      users: Uint32Array.of(0, 0, 1),
      items: Uint32Array.of(1, 0, 1),
      values: Float32Array.of(2.5, 4, 5),
    });
    expect(dataset.userIds).toEqual(['1', '3']);
    expect(dataset.timestamps).toEqual(Uint32Array.of(90, 100, 80));
  });

  test('a truncated file is refused by name', async () => {
    await expectRefused(
      { ...good, ratings: good.ratings.slice(0, -1) },
      `ratings.bin must have ${good.ratings.length} bytes, got ${good.ratings.length - 1}`,
    );
    await expectRefused({ ...good, catalogue: good.catalogue.slice(1) }, 'catalogue.json must have');
  });

  test('every single altered bit is refused by name', async () => {
    for (let bit = 0; bit < good.ratings.length * 8; bit++) {
      const ratings = good.ratings.slice();
      ratings[bit >> 3]! ^= 1 << (bit & 7);
      await expectRefused({ ...good, ratings }, 'ratings.bin must have the SHA-256');
    }
    const catalogue = good.catalogue.slice();
    catalogue[60]! ^= 1;
    await expectRefused({ ...good, catalogue }, 'catalogue.json must have the SHA-256', await sha256(catalogue));
  });

  test.each([
    ['no JSON', 'pocketrec-dataset",', '"', 'manifest.json is not JSON'],
    ['another format', 'pocketrec-dataset', 'something', 'at format'],
    ['another version', '"version": 1', '"version": 2', 'at version'],
    ['a count that is no count', '"users": 2', '"users": -2', 'at counts.users'],
    ['a checksum that is none', '"sha256": "', '"sha256": "xyz', 'at files.ratings.sha256'],
    ['another number of users', '"users": 2', '"users": 3', 'The manifest tells of 3 users'],
    ['another number of films', '"films": 2', '"films": 1', 'The manifest tells of 1 films'],
    ['another number of ratings', '"ratings": 3', '"ratings": 4', 'The manifest tells of 4 ratings'],
  ])('a manifest with %s', async (_what, from, to, message) => {
    await expectRefused(withManifest(from, to), message);
  });

  test.each([
    ['no JSON', '{', 'catalogue.json is not JSON'],
    ['another format', '{"format":"x","version":1,"films":[]}', 'at format'],
    ['another version', '{"format":"pocketrec-catalogue","version":9,"films":[]}', 'at version'],
    [
      'fewer films',
      '{"format":"pocketrec-catalogue","version":1,"films":[]}',
      '2 films in catalogue.json, but there are 0',
    ],
    ['a film without a year', textOf(good.catalogue).replace('"year":1995,', ''), 'at films.0.year'],
    ['a film without a title', textOf(good.catalogue).replace('"Heat"', '""'), 'at films.1.title'],
    ['an id twice', textOf(good.catalogue).replace('"id":"7"', '"id":"1"'), 'the film id "1" twice'],
  ])('a catalogue with %s', async (_what, text, message) => {
    await expectRefused(await withCatalogue(text), message);
  });
});

describe('fetchDataset', () => {
  afterEach(() => vi.unstubAllGlobals());
  const serve = (missing?: string) => {
    const asked: string[] = [];
    vi.stubGlobal('fetch', async (url: string, { signal }: { signal: AbortSignal | null }) => {
      signal?.throwIfAborted();
      asked.push(url);
      const name = url.split('/').at(-1)!;
      const bytes = conversion.files.get(name);
      return name === missing || bytes === undefined ? new Response('', { status: 404 }) : new Response(bytes);
    });
    return asked;
  };

  test.each(['https://example.org/data', 'https://example.org/data/'])('loads from %s', async (baseUrl) => {
    const asked = serve();
    expect(await fetchDataset(baseUrl)).toEqual(await readDataset(good));
    expect(asked.every((url) => url.startsWith('https://example.org/data/'))).toBe(true);
  });

  test('a file that the server does not have', async () => {
    serve('ratings.bin');
    const loading = fetchDataset('https://example.org/data');
    await expect(loading).rejects.toThrow(InvalidDataError);
    await expect(loading).rejects.toThrow(
      'https://example.org/data/ratings.bin could not be loaded: the server answered 404',
    );
  });

  test("aborting rejects with the signal's reason", async () => {
    serve();
    const reason = new Error('enough');
    await expect(fetchDataset('https://example.org/data', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('the evaluation split', () => {
  const users = [
    { user: '1', fold: 1, targets: ['7'] },
    { user: '3', fold: 0, targets: ['7', '1'] },
  ];
  const ids = { userIds: ['1', '3'], itemIds: ['1', '7'] };

  test('survives writing and reading', () => {
    expect(decodeStrongSplit(encodeStrongSplit(users))).toEqual(users);
  });

  test('by rows, in the order of the users', () => {
    const { folds, targets } = strongSplitRows([...users].reverse(), ids);
    expect([...folds]).toEqual([1, 0]);
    expect({ rows: [...targets.rowOffsets], items: [...targets.columns] }).toEqual({
      rows: [0, 1, 3],
      items: [1, 0, 1],
    });
  });

  test.each([
    ['no JSON', '{', 'strong-split.json is not JSON'],
    ['another version', encodeStrongSplit(users).replace('"version":1', '"version":2'), 'at version'],
    ['a fold that is none', encodeStrongSplit(users).replace('"fold":1', '"fold":-1'), 'at users.0.fold'],
    ['a user without targets', encodeStrongSplit(users).replace('["7"]', '[]'), 'at users.0.targets'],
  ])('%s is refused', (_what, text, message) => {
    expect(() => decodeStrongSplit(text)).toThrow(InvalidDataError);
    expect(() => decodeStrongSplit(text)).toThrow(message);
  });

  test.each([
    ['a user of another data set', [...users, { user: '5', fold: 0, targets: ['1'] }], 'user 5, who is not'],
    ['a film of another data set', [{ ...users[0]!, targets: ['9'] }, users[1]!], 'film 9 (user 1)'],
    ['a user twice', [...users, users[0]!], 'user 1 twice'],
    ['a user missing', [users[1]!], 'no entry for user 1'],
  ])('%s is refused', (_what, split, message) => {
    expect(() => strongSplitRows(split, ids)).toThrow(InvalidDataError);
    expect(() => strongSplitRows(split, ids)).toThrow(message);
  });
});

describe('the committed data', () => {
  test('is whole: 100,004 ratings by 671 users of 9,066 films, in under 800 kB', async () => {
    const dataset = await readDatasetFolder(datasetFolder);
    const { manifest, interactions, timestamps, films } = dataset;
    expect(manifest.counts).toEqual({ users: 671, films: 9066, ratings: 100_004 });
    expect(manifest.files.ratings.byteLength).toBeLessThan(800_000);
    expect(manifest.edition).toBe('2016-10');
    const starCounts = new Map<number, number>();
    for (const stars of interactions.values) starCounts.set(stars, (starCounts.get(stars) ?? 0) + 1);
    // Counted in the source by other means (cut, sort, uniq).
    expect([...starCounts].sort(([left], [right]) => left - right)).toEqual([
      [0.5, 1101],
      [1, 3326],
      [1.5, 1687],
      [2, 7271],
      [2.5, 4449],
      [3, 20_064],
      [3.5, 10_538],
      [4, 28_750],
      [4.5, 7723],
      [5, 15_095],
    ]);
    expect(timestamps[0]).toBe(1260759108);
    expect(timestamps.reduce((earliest, time) => Math.min(earliest, time))).toBe(789652009);
    expect(timestamps.reduce((latest, time) => Math.max(latest, time))).toBe(1476640644);
    expect(films.find(({ id }) => id === '2571')).toEqual({
      id: '2571',
      title: 'The Matrix',
      alternativeTitles: [],
      year: 1999,
      genres: ['Action', 'Sci-Fi', 'Thriller'],
    });
    expect(films.filter(({ title }) => /, (?:The|A|An|La|Les)$/u.test(title))).toEqual([]);
    const split = await readStrongSplit(datasetFolder, dataset);
    expect([0, 1, 2, 3, 4].map((fold) => split.folds.filter((own) => own === fold).length)).toEqual([
      135, 134, 134, 134, 134,
    ]);
  });

  test('a folder without a data set', async () => {
    await expect(readDatasetFolder('no/such/folder')).rejects.toThrow('npm run data');
  });
});
