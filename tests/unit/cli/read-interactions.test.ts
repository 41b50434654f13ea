import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forEachLine } from '../../../src/cli/read/byte-lines.ts';
import { IdTable } from '../../../src/cli/read/id-table.ts';
import { LineFields } from '../../../src/cli/read/line-fields.ts';
import { parseTime } from '../../../src/cli/read/parse-time.ts';
import { type InteractionFormat, readInteractions } from '../../../src/cli/read/read-interactions.ts';
import { InvalidDataError } from '../../../src/errors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-read-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, 'interactions.csv');
  await writeFile(file, content);
  return file;
}

interface Options {
  readonly format?: InteractionFormat;
  readonly withTimes?: boolean;
  readonly minimumValue?: number | null;
}

/** Rows as `[user, item, value, time]`, by id. */
async function read(content: string, { format = 'csv', withTimes = false, minimumValue = null }: Options = {}) {
  const tables = { users: new IdTable(), items: new IdTable() };
  const { columns, belowMinimum } = await readInteractions(await fileOf(content), {
    ...tables,
    format,
    withTimes,
    minimumValue,
  });
  const idsOf = (table: IdTable): string[] => {
    const { ids, placeOf } = table.sorted();
    return [...placeOf].map((place) => ids[place]!);
  };
  const [users, items] = [idsOf(tables.users), idsOf(tables.items)];
  const rows = Array.from({ length: columns.count }, (_, row) => {
    const known = [users[columns.users[row]!], items[columns.items[row]!], columns.values[row]];
    return withTimes ? [...known, columns.times[row]] : known;
  });
  return { rows, belowMinimum };
}

describe('csv', () => {
  test.each([
    [
      'two columns',
      'ann,x\nbob,y\n',
      [
        ['ann', 'x', 1],
        ['bob', 'y', 1],
      ],
    ],
    [
      'three columns',
      'ann,x,3.5\nbob,y,-2\n',
      [
        ['ann', 'x', 3.5],
        ['bob', 'y', -2],
      ],
    ],
    [
      'no newline at the end',
      '1,2,3,4\n5,6,7,8',
      [
        ['1', '2', 3],
        ['5', '6', 7],
      ],
    ],
    [
      'lines of Windows, a byte order mark, and empty lines',
      '\uFEFF1,2\r\n\r\n3,4\r\n',
      [
        ['1', '2', 1],
        ['3', '4', 1],
      ],
    ],
    ['a header', 'userId,itemId,value,timestamp\n1,2,3,4\n', [['1', '2', 3]]],
    ['a header in another order, with others beside', 'x,Item_ID,rating,user id\na,b,2,c\n', [['c', 'b', 2]]],
    ['a header that names no value', 'user,item,colour\n1,2,red\n', [['1', '2', 1]]],
    ['GroupLens’s header', 'userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n', [['1', '31', 2.5]]],
    [
      'quotes',
      '"a, b","say ""x""",2\n c , d ,1\n',
      [
        ['a, b', 'say "x"', 2],
        ['c', 'd', 1],
      ],
    ],
    ['tabs', 'a\tb\t2\n', [['a', 'b', 2]]],
    ['semicolons', 'a;b;2\n', [['a', 'b', 2]]],
    [
      'ids that only look alike',
      '7,1\n07,1\n7.0,1\n',
      [
        ['7', '1', 1],
        ['07', '1', 1],
        ['7.0', '1', 1],
      ],
    ],
    ['an exponent', '1,2,1.5e2\n', [['1', '2', 150]]],
  ])('%s', async (_what, text, rows) => {
    expect((await read(text)).rows).toEqual(rows);
  });

  test('times: seconds or ISO 8601', async () => {
    const text = 'a,x,1,1438387200\na,y,1,2015-08-01\na,z,1,2015-08-01T01:00:00+01:00\na,w,1,0.5\n';
    expect((await read(text, { withTimes: true })).rows.map((row) => row[3])).toEqual([
      1438387200, 1438387200, 1438387200, 0.5,
    ]);
  });

  test('a least value leaves rows out and counts them', async () => {
    expect(await read('a,x,3\na,y,4\nb,x,5\n', { minimumValue: 4 })).toEqual({
      rows: [
        ['a', 'y', 4],
        ['b', 'x', 5],
      ],
      belowMinimum: 1,
    });
    await expect(read('a,x,3\n', { minimumValue: 4 })).rejects.toThrow('no row has a value of 4 or more');
  });

  test.each([
    ['a number that is none', 'a,x,1\nb,y,many\n', 'interactions.csv, line 2: value must be a number, got "many"'],
    ['no number at all', 'a,x,1\nb,y,\n', 'line 2: value must be a number, got ""'],
    ['NaN', 'a,x,1\nb,y,NaN\n', 'line 2: value must be a number, got "NaN"'],
    ['a column too few', 'a,x,1\nb,y\n', 'line 2: 3 columns expected, got 2'],
    ['a column too many', 'a,x\n\nb,y,1\n', 'line 3: 2 columns expected, got 3'],
    ['no user', 'a,x\n,y\n', 'line 2: the user is empty'],
    ['no item', 'a,x\nb, \n', 'line 2: the item is empty'],
    ['an open quote', 'a,x\n"b,y\n', 'line 2: a quote is not closed'],
    ['text behind a quote', 'a,x\n"b"c,y\n', 'line 2: a quote is not closed'],
    ['a header without an item', 'userId,thing\n1,2\n', 'line 1: the header userId,thing names no column for the item'],
    ['a header without a user', 'who,movieId\n1,2\n', 'line 1: the header who,movieId names no column for the user'],
    ['five columns without names', '1,2,3,4,5\n', 'line 1: 5 columns and no header'],
    ['nothing', '', 'holds no interactions'],
    ['a header and nothing', 'user,item\n', 'holds no interactions'],
  ])('%s', async (_what, text, message) => {
    await expect(read(text)).rejects.toThrow(InvalidDataError);
    await expect(read(text)).rejects.toThrow(message);
  });

  test.each([
    ['no column of times', 'a,x,1\n', { withTimes: true }, 'line 1: a column of times is needed'],
    ['a time that is none', 'a,x,1,5\nb,y,1,soon\n', { withTimes: true }, 'line 2: timestamp must be seconds'],
    ['a day that is none', 'a,x,1,2015-02-31\n', { withTimes: true }, 'line 1: timestamp must be seconds'],
    ['no column of values', 'a,x\n', { minimumValue: 3 }, 'line 1: a column of values is needed'],
  ])('%s', async (_what, text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(message);
  });

  test('no file, a folder, a compressed file', async () => {
    const options = { format: 'csv', withTimes: false, minimumValue: null } as const;
    const tables = { users: new IdTable(), items: new IdTable() };
    const reading = (file: string) => readInteractions(file, { ...options, ...tables });
    await expect(reading(path.join(folder, 'none.csv'))).rejects.toThrow('There is no file');
    await expect(reading(folder)).rejects.toThrow('is a folder');
    await expect(reading(await fileOf(gzipSync('a,b\n')))).rejects.toThrow('is compressed');
  });
});

describe('movielens', () => {
  test.each([
    ['ratings.csv', 'userId,movieId,rating,timestamp\n1,31,2.5,9\n'],
    ['ratings.dat', '1::31::2.5::9\n'],
    ['u.data', '1\t31\t2.5\t9\n'],
  ])('%s', async (_what, text) => {
    expect((await read(text, { format: 'movielens', withTimes: true })).rows).toEqual([['1', '31', 2.5, 9]]);
  });

  test('a bad row of ratings.dat', async () => {
    await expect(read('1::31::2.5::9\n1::31:5::9\n', { format: 'movielens' })).rejects.toThrow(
      'line 2: 4 columns expected, got 3',
    );
  });
});

describe('lightgcn', () => {
  test('one line a user; a user may have no items, or two lines', async () => {
    const { rows } = await read('0 5 7\n1\n2  5 \n0 9\n\n', { format: 'lightgcn' });
    expect(rows).toEqual([
      ['0', '5', 1],
      ['0', '7', 1],
      ['2', '5', 1],
      ['0', '9', 1],
    ]);
  });

  test.each([
    ['another layout', 'userId,itemId\n1,2\n', {}, 'line 1: whole numbers parted by blanks expected'],
    [
      'a bad number',
      '0 1\n1 2 x3 4\n',
      {},
      'line 2: whole numbers parted by blanks expected (user item item …), got "x3 4"',
    ],
    ['times', '0 1\n', { withTimes: true }, 'has no times'],
    ['values', '0 1\n', { minimumValue: 3 }, 'has no values'],
  ])('%s', async (_what, text, options, message) => {
    await expect(read(text, { format: 'lightgcn', ...options })).rejects.toThrow(message);
  });
});

test('lines longer than what is read at once, and lines across its border', async () => {
  const long = `0 ${Array.from({ length: 300_000 }, (_, item) => item).join(' ')}`;
  const file = await fileOf(`${long}\n1 2\n${'2 3\n'.repeat(300_000)}`);
  const lengths: number[] = [];
  await forEachLine(file, (_bytes, start, end) => void lengths.push(end - start));
  expect(lengths).toHaveLength(300_002);
  expect(lengths[0]).toBe(long.length);
  expect(lengths.slice(1).every((length) => length === 3)).toBe(true);
});

test('fields of numbers are read as JavaScript reads them', () => {
  const encoder = new TextEncoder();
  const fields = new LineFields(',', 1);
  const read = (text: string): number => {
    const bytes = encoder.encode(text);
    fields.split(bytes, 0, bytes.length);
    return fields.number(0);
  };
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      expect(read(String(number))).toBe(Number(String(number)));
    }),
  );
  fc.assert(
    fc.property(fc.nat(999_999_999), fc.nat(6), (digits, point) => {
      const text = String(digits).padStart(point + 1, '0');
      const written = point === 0 ? text : `${text.slice(0, -point)}.${text.slice(-point)}`;
      expect(read(written)).toBe(Number(written));
    }),
  );
  for (const text of ['', '.', '1.2.3', '1e', '0x10', 'Infinity', '1 2', '--1']) expect(read(text)).toBeNaN();
  expect([read('5.'), read('.5'), read('+2'), read('12345678901234567890')]).toEqual([
    5, 0.5, 2, 12_345_678_901_234_567_000,
  ]);
});

describe('IdTable', () => {
  const tableOf = (ids: string[]) => {
    const table = new IdTable();
    const encoder = new TextEncoder();
    const rows = ids.map((id) => table.rowOf(encoder.encode(` ${id} `), 1, 1 + encoder.encode(id).length));
    return { table, rows };
  };

  test('rows in the order of appearance; ids ascend by number where all are whole numbers', () => {
    const { table, rows } = tableOf(['10', '9', '10', '5000000', '999999999999999', '0']);
    expect(rows).toEqual([0, 1, 0, 2, 3, 4]);
    expect(table.size).toBe(5);
    const { ids, placeOf } = table.sorted();
    expect(ids).toEqual(['0', '9', '10', '5000000', '999999999999999']);
    expect([...placeOf]).toEqual([2, 1, 3, 4, 0]);
  });

  test('otherwise by characters', () => {
    const { table } = tableOf(['b', '10', '9', 'ä', 'a']);
    expect(table.sorted().ids).toEqual(['10', '9', 'a', 'b', 'ä']);
  });

  test('as many rows as different ids', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(50).map(String), fc.string({ minLength: 1, maxLength: 3 }))), (ids) => {
        const { table, rows } = tableOf(ids);
        expect(table.size).toBe(new Set(ids).size);
        for (const [place, id] of ids.entries()) expect(rows[place]).toBe(rows[ids.indexOf(id)]);
      }),
    );
  });
});

test('times that are none', () => {
  for (const text of ['', '2015', '2015-13-01', '2015-02-31', '01.08.2015', '2015-08-01T25:00']) {
    expect(parseTime(text)).toBeNaN();
  }
  expect(parseTime('1970-01-01 00:01')).toBe(60);
});
