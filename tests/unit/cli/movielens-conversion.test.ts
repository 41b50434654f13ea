import { describe, expect, test } from 'vitest';
import { readRatings } from '../../../src/cli/movielens/movielens-csv.ts';
import { convertMovieLens, type Conversion } from '../../../src/cli/movielens/movielens-conversion.ts';
import { readDataset } from '../../../src/data/movielens/movielens-dataset.ts';
import { decodeStrongSplit } from '../../../src/evaluation/strong-split.ts';
import { InvalidDataError } from '../../../src/errors.ts';

const movies = `movieId,title,year,genres
10,"Matrix, The",1999,Action|Sci-Fi
2,Seven (a.k.a. Se7en),1995,Thriller
30,Stranger Things,,(no genres listed)
`;
const ratings = `userId,movieId,rating,timestamp
9,10,4.5,1475000200
9,2,0.5,1475000100
1,30,5.0,1476640644
1,10,3,1476640644
`;
const split = `userId,fold,targets
9,0,10
1,1,30
`;

const readBack = ({ files }: Conversion) =>
  readDataset({
    manifest: files.get('manifest.json')!,
    ratings: files.get('ratings.bin')!,
    catalogue: files.get('catalogue.json')!,
  });
const withRow = (row: string) => convertMovieLens({ movies, ratings: ratings + row });

describe('convertMovieLens', () => {
  test('good rows arrive in order, whole', async () => {
    const conversion = await convertMovieLens({ movies, ratings, split });
    expect(conversion.problems).toEqual([]);
    expect(conversion.counts).toEqual({ users: 2, films: 3, ratings: 4 });
    expect([...conversion.files.keys()].sort()).toEqual([
      'LICENSE.txt',
      'catalogue.json',
      'manifest.json',
      'ratings.bin',
      'strong-split.json',
    ]);
    const dataset = await readBack(conversion);
    expect(dataset.films).toEqual([
      { id: '2', title: 'Seven', alternativeTitles: ['Se7en'], year: 1995, genres: ['Thriller'] },
      { id: '10', title: 'The Matrix', alternativeTitles: [], year: 1999, genres: ['Action', 'Sci-Fi'] },
      { id: '30', title: 'Stranger Things', alternativeTitles: [], year: null, genres: [] },
    ]);
    expect(dataset.userIds).toEqual(['1', '9']);
    expect([...dataset.interactions.users]).toEqual([0, 0, 1, 1]);
    expect([...dataset.interactions.items]).toEqual([1, 2, 0, 1]); // equal times: by film; else by time
    expect([...dataset.interactions.values]).toEqual([3, 5, 0.5, 4.5]);
    expect([...dataset.timestamps]).toEqual([1476640644, 1476640644, 1475000100, 1475000200]);
    expect(dataset.manifest.edition).toBe('2016-10');
    expect(decodeStrongSplit(new TextDecoder().decode(conversion.files.get('strong-split.json')))).toEqual([
      { user: '1', fold: 1, targets: ['30'] },
      { user: '9', fold: 0, targets: ['10'] },
    ]);
  });

  test("GroupLens's own layout: the year in the title, quotes, CRLF, a byte-order mark", async () => {
    const official = [
      '\ufeffmovieId,title,genres',
      '2,Seven (a.k.a. Se7en) (1995),Thriller',
      '10,"Matrix, The (1999)",Action|Sci-Fi',
      '30,Stranger Things,(no genres listed)',
      '',
    ].join('\r\n');
    const conversion = await convertMovieLens({ movies: official, ratings: ratings.replaceAll('\n', '\r\n') });
    expect(conversion.problems).toEqual([]);
    expect((await readBack(conversion)).films).toEqual(
      (await readBack(await convertMovieLens({ movies, ratings }))).films,
    );
    expect(conversion.files.has('strong-split.json')).toBe(false);
  });

  test('the same source gives the same bytes, in whatever order its rows are', async () => {
    const first = await convertMovieLens({ movies, ratings, split });
    const again = await convertMovieLens({ movies, ratings, split });
    expect(again.files).toEqual(first.files);
    const reversed = (text: string) => {
      const [header, ...rows] = text.trimEnd().split('\n');
      return [header, ...rows.reverse()].join('\n');
    };
    const other = await convertMovieLens({
      movies: reversed(movies),
      ratings: reversed(ratings),
      split: reversed(split),
    });
    expect(other.files).toEqual(first.files);
  });

  test.each([
    ['9,30,4\n', 'column-count', '4 columns expected, got 3'],
    ['9,30,4,1475000300,7\n', 'column-count', '4 columns expected, got 5'],
    ['\n', 'column-count', '4 columns expected, got 1'],
    ['nine,30,4,1475000300\n', 'not-a-number', 'userId must be a whole number below 2³², got "nine"'],
    ['-9,30,4,1475000300\n', 'not-a-number', 'got "-9"'],
    ['4294967296,30,4,1475000300\n', 'not-a-number', 'got "4294967296"'],
    ['9,3x,4,1475000300\n', 'not-a-number', 'movieId must be a whole number below 2³², got "3x"'],
    ['9,30,good,1475000300\n', 'not-a-number', 'rating must be a number, got "good"'],
    ['9,30,NaN,1475000300\n', 'not-a-number', 'rating must be a number, got "NaN"'],
    ['9,30,,1475000300\n', 'not-a-number', 'rating must be a number, got ""'],
    ['9,31,4,1475000300\n', 'unknown-film', 'no film has the id 31'],
    ['9,30,0,1475000300\n', 'rating-range', 'got 0'],
    ['9,30,5.5,1475000300\n', 'rating-range', 'rating must be 0.5–5 in steps of 0.5, got 5.5'],
    ['9,30,-1,1475000300\n', 'rating-range', 'got -1'],
    ['9,30,3.7,1475000300\n', 'rating-range', 'got 3.7'],
    ['9,30,4,yesterday\n', 'bad-time', 'got "yesterday"'],
    ['9,30,4,-5\n', 'bad-time', 'got "-5"'],
    ['9,30,4,1475000300.5\n', 'bad-time', 'got "1475000300.5"'],
  ] as const)('a bad rating row is left out and told of: %j', async (row, kind, message) => {
    const { problems, counts, files } = await withRow(row);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ file: 'ratings.csv', line: 6, kind });
    expect(problems[0]!.message).toContain(message);
    expect(counts.ratings).toBe(4);
    expect(files.get('ratings.bin')).toEqual((await convertMovieLens({ movies, ratings })).files.get('ratings.bin'));
  });

  test('of two ratings of one film the later time stays; of equal times the later line', async () => {
    const starsOf = async (row: string) => {
      const conversion = await withRow(row);
      const { interactions } = await readBack(conversion);
      return { stars: interactions.values[3], problems: conversion.problems };
    };
    expect(await starsOf('9,10,1,1475000300\n')).toMatchObject({
      stars: 1,
      problems: [{ kind: 'duplicate', line: 2 }],
    });
    expect(await starsOf('9,10,1,1475000200\n')).toMatchObject({
      stars: 1,
      problems: [{ kind: 'duplicate', line: 2 }],
    });
    expect(await starsOf('9,10,1,1475000000\n')).toMatchObject({
      stars: 4.5,
      problems: [{ kind: 'duplicate', line: 6 }],
    });
  });

  test.each([
    ['40,Too few,1999\n', 'column-count', '4 columns expected, got 3'],
    ['forty,A film,1999,Drama\n', 'not-a-number', 'movieId must be a whole number'],
    ['40,,1999,Drama\n', 'bad-title', 'film 40 has no title'],
    ['40,A film,MCMXCIX,Drama\n', 'bad-year', 'year must have four digits, got "MCMXCIX"'],
    ['40,A film,99,Drama\n', 'bad-year', 'got "99"'],
    ['10,The Matrix again,1999,Drama\n', 'duplicate', 'film 10 stands on line 2 already'],
  ] as const)('a bad film row is left out and told of: %j', async (row, kind, message) => {
    const { problems, counts } = await convertMovieLens({ movies: movies + row, ratings });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ file: 'movies.csv', line: 5, kind });
    expect(problems[0]!.message).toContain(message);
    expect(counts.films).toBe(3);
  });

  test('a hundred bad rows are a hundred problems', () => {
    const rows = Array.from({ length: 100 }, (_, row) => `1,77,4,${row}\n`).join('');
    const { problems } = readRatings(
      { file: 'ratings.csv', text: `userId,movieId,rating,timestamp\n${rows}` },
      new Set([1]),
    );
    expect(problems.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, row) => row + 2));
  });

  test.each([
    ['another header of movies.csv', { movies: 'id,name\n1,x\n' }, 'movies.csv must have the header'],
    ['another header of ratings.csv', { ratings: 'user,item\n1,2\n' }, 'ratings.csv must have the header'],
    ['another header of strong-split.csv', { split: 'user,fold\n1,2\n' }, 'strong-split.csv must have the header'],
    ['an empty file', { movies: '' }, 'movies.csv is empty'],
    ['no ratings', { ratings: 'userId,movieId,rating,timestamp\n' }, 'no good rating'],
    ['an open quote', { movies: `${movies}40,"open,1999,Drama\n` }, 'movies.csv is not CSV'],
    ['a bad split row', { split: `${split}nine,0,10\n` }, 'strong-split.csv, line 4'],
    ['a split without a user', { split: 'userId,fold,targets\n9,0,10\n' }, 'no line for user 1'],
    ['a split with a user twice', { split: `${split}9,1,2\n` }, 'user 9 twice'],
    ['a split with an unrated target', { split: split.replace('1,1,30', '1,1,2') }, 'film 2 is a target of user 1'],
    ['a split with a target twice', { split: split.replace('1,1,30', '1,1,30 30') }, 'user 1 has a target twice'],
  ])('%s is refused', async (_what, change, message) => {
    const conversion = convertMovieLens({ movies, ratings, split, ...change });
    await expect(conversion).rejects.toThrow(InvalidDataError);
    await expect(conversion).rejects.toThrow(message);
  });
});
