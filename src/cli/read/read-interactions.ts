import { InvalidDataError } from '../../errors.ts';
import { forEachLine } from './byte-lines.ts';
import type { IdTable } from './id-table.ts';
import { InteractionColumns } from './interaction-columns.ts';
import { LineFields } from './line-fields.ts';
import { parseTime } from './parse-time.ts';

/** The layouts of interaction files. */
export const interactionFormats = ['csv', 'movielens', 'lightgcn'] as const;
export type InteractionFormat = (typeof interactionFormats)[number];

/** How to read a file. */
export interface ReadOptions {
  readonly format: InteractionFormat;
  /** Rows of users and items, shared by the files of one evaluation. */
  readonly users: IdTable;
  readonly items: IdTable;
  /** Demands a time in every row. */
  readonly withTimes: boolean;
  /** Rows of a smaller value are left out; demands a value in every row. null takes all. */
  readonly minimumValue: number | null;
}

/** What a file holds. */
export interface InteractionFile {
  readonly columns: InteractionColumns;
  /** Rows left out for their value. */
  readonly belowMinimum: number;
}

/** Places of the columns in a row; −1 where a file has none. */
interface Layout {
  readonly user: number;
  readonly item: number;
  readonly value: number;
  readonly time: number;
}

/** Fields of a row that are looked at: a header may name more. */
const maximumFields = 64;

/**
 * Reads interactions from a file, straight into columns of numbers.
 *
 * - `csv`: `userId,itemId[,value[,timestamp]]`, with or without a header. A header may have the columns in any order
 *   and others besides. Parted by commas, tabs or semicolons, whichever stands first in the first line.
 * - `movielens`: `ratings.csv` with its header, `ratings.dat` (`user::item::rating::timestamp`), or `u.data` (tabs).
 * - `lightgcn`: one line per user, `user item item …`, parted by blanks.
 *
 * A row without a value counts 1. Times are seconds since 1970, or ISO 8601.
 *
 * @throws {InvalidDataError} a row that cannot be read, by file and line; a file that is missing or holds none
 */
export async function readInteractions(file: string, options: ReadOptions): Promise<InteractionFile> {
  const columns = new InteractionColumns(options);
  const read =
    options.format === 'lightgcn' ? lightGcnReader(file, options, columns) : delimitedReader(file, options, columns);
  await forEachLine(file, read.line);
  if (columns.count === 0) {
    throw new InvalidDataError(
      read.belowMinimum() > 0
        ? `${file}: no row has a value of ${options.minimumValue} or more.`
        : `${file} holds no interactions.`,
    );
  }
  return { columns, belowMinimum: read.belowMinimum() };
}

interface LineReader {
  readonly line: (bytes: Uint8Array, start: number, end: number, line: number) => void;
  readonly belowMinimum: () => number;
}

function lightGcnReader(file: string, options: ReadOptions, columns: InteractionColumns): LineReader {
  const { users, items, withTimes, minimumValue } = options;
  if (withTimes) throw new InvalidDataError(`${file}: the lightgcn format has no times; use csv or movielens.`);
  if (minimumValue !== null) throw new InvalidDataError(`${file}: the lightgcn format has no values to compare.`);
  const isBlank = (byte: number): boolean => byte === 32 || byte === 9;
  return {
    belowMinimum: () => 0,
    line: (bytes, start, end, line) => {
      let user = -1;
      for (let at = start; at < end;) {
        while (at < end && isBlank(bytes[at]!)) at++;
        if (at === end) break;
        const from = at;
        while (at < end && !isBlank(bytes[at]!)) {
          // The layout is whole numbers only; anything else is another layout, read by mistake.
          if (bytes[at]! < 48 || bytes[at]! > 57) {
            const text = new TextDecoder().decode(bytes.subarray(from, Math.min(end, from + 40)));
            throw rowError(
              file,
              line,
              `whole numbers parted by blanks expected (user item item …), got ${JSON.stringify(text)}`,
            );
          }
          at++;
        }
        if (user < 0) user = users.rowOf(bytes, from, at);
        else columns.push(user, items.rowOf(bytes, from, at), 1, Number.NaN);
      }
    },
  };
}

function delimitedReader(file: string, options: ReadOptions, columns: InteractionColumns): LineReader {
  const { users, items, withTimes, minimumValue } = options;
  let fields: LineFields | null = null;
  let layout: Layout = { user: 0, item: 1, value: -1, time: -1 };
  let fieldCount = 0;
  let belowMinimum = 0;

  const begin = (bytes: Uint8Array, start: number, end: number, line: number): boolean => {
    const text = new TextDecoder().decode(bytes.subarray(start, end));
    fields = new LineFields(delimiterOf(text, options.format), maximumFields);
    if (!fields.split(bytes, start, end)) throw rowError(file, line, 'a quote is not closed');
    const cells = Array.from({ length: Math.min(fields.count, maximumFields) }, (_, field) => fields!.text(field));
    const named = headerLayout(cells);
    if (named !== null && (named.user < 0 || named.item < 0)) {
      const missing = named.user < 0 ? 'user (userId)' : 'item (itemId)';
      throw rowError(file, line, `the header ${text.trim()} names no column for the ${missing}`);
    }
    fieldCount = fields.count;
    if (named === null && fieldCount > 4) {
      throw rowError(
        file,
        line,
        `${fieldCount} columns and no header: a header that names the columns (userId, itemId, value, timestamp) is needed`,
      );
    }
    layout = named ?? { user: 0, item: 1, value: fieldCount > 2 ? 2 : -1, time: fieldCount > 3 ? 3 : -1 };
    if (withTimes && layout.time < 0) throw rowError(file, line, 'a column of times is needed (timestamp)');
    if (minimumValue !== null && layout.value < 0) throw rowError(file, line, 'a column of values is needed (value)');
    return named !== null;
  };

  return {
    belowMinimum: () => belowMinimum,
    line: (bytes, start, end, line) => {
      if (start === end) return;
      if (fields === null) {
        if (begin(bytes, start, end, line)) return;
      } else if (!fields.split(bytes, start, end)) throw rowError(file, line, 'a quote is not closed');
      const row = fields!;
      if (row.count !== fieldCount) throw rowError(file, line, `${fieldCount} columns expected, got ${row.count}`);
      for (const [name, field] of [
        ['user', layout.user],
        ['item', layout.item],
      ] as const) {
        if (row.isEmpty(field)) throw rowError(file, line, `the ${name} is empty`);
      }
      const value = layout.value < 0 ? 1 : row.number(layout.value);
      if (!Number.isFinite(value)) {
        throw rowError(file, line, `value must be a number, got ${JSON.stringify(row.text(layout.value))}`);
      }
      const time = layout.time < 0 || !withTimes ? Number.NaN : timeOf(row, layout.time);
      if (withTimes && Number.isNaN(time)) {
        const got = JSON.stringify(row.text(layout.time));
        throw rowError(file, line, `timestamp must be seconds since 1970 or an ISO 8601 date, got ${got}`);
      }
      if (minimumValue !== null && value < minimumValue) {
        belowMinimum++;
        return;
      }
      columns.push(
        users.rowOf(row.bytes, row.starts[layout.user]!, row.ends[layout.user]!),
        items.rowOf(row.bytes, row.starts[layout.item]!, row.ends[layout.item]!),
        value,
        time,
      );
    },
  };
}

function delimiterOf(firstLine: string, format: InteractionFormat): string {
  const known = format === 'movielens' ? ['::', '\t', ','] : [',', '\t', ';'];
  const found = known
    .map((delimiter) => ({ delimiter, at: firstLine.indexOf(delimiter) }))
    .filter(({ at }) => at >= 0)
    .sort((left, right) => left.at - right.at);
  return found[0]?.delimiter ?? known.at(-1)!;
}

/** The names by which headers call the columns, without signs and capitals. */
const columnNames = {
  user: ['user', 'userid', 'uid', 'users', 'visitorid', 'customerid', 'sessionid', 'reviewerid'],
  item: [
    'item',
    'itemid',
    'iid',
    'items',
    'movieid',
    'productid',
    'articleid',
    'bookid',
    'trackid',
    'artistid',
    'asin',
  ],
  value: ['value', 'rating', 'weight', 'strength', 'count', 'score', 'stars', 'overall'],
  time: ['timestamp', 'time', 'ts', 'date', 'datetime', 'unixreviewtime'],
} as const;

/** Where a header has the columns; null where the line is no header, that is, names neither a user nor an item. */
function headerLayout(cells: readonly string[]): Layout | null {
  const plain = cells.map((cell) => cell.toLowerCase().replaceAll(/[^a-z]/gu, ''));
  const placeOf = (names: readonly string[]): number => plain.findIndex((cell) => names.includes(cell));
  const layout = {
    user: placeOf(columnNames.user),
    item: placeOf(columnNames.item),
    value: placeOf(columnNames.value),
    time: placeOf(columnNames.time),
  };
  return layout.user < 0 && layout.item < 0 ? null : layout;
}

function timeOf(row: LineFields, field: number): number {
  const seconds = row.number(field);
  return Number.isNaN(seconds) ? parseTime(row.text(field)) : seconds;
}

function rowError(file: string, line: number, what: string): InvalidDataError {
  return new InvalidDataError(`${file}, line ${line}: ${what}.`);
}
