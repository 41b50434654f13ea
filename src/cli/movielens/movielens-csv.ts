import { CsvError, parse } from 'csv-parse/sync';
import { displayTitle } from '../../data/movielens/display-title.ts';
import type { Film } from '../../data/movielens/catalogue.ts';
import { InvalidDataError } from '../../errors.ts';

/** What can be wrong with a row. */
export const rowProblemKinds = [
  'column-count',
  'not-a-number',
  'bad-title',
  'bad-year',
  'unknown-film',
  'rating-range',
  'bad-time',
  'duplicate',
] as const;
export type RowProblemKind = (typeof rowProblemKinds)[number];

/** One row that was not taken over, and why. */
export interface RowProblem {
  readonly file: string;
  /** From 1, the header included: the line on which the row ends. */
  readonly line: number;
  readonly kind: RowProblemKind;
  readonly message: string;
}

/** One rating as MovieLens writes it. */
export interface RatingRow {
  readonly userId: number;
  readonly filmId: number;
  readonly stars: number;
  /** Seconds since 1970 (UTC). */
  readonly time: number;
  readonly line: number;
}

interface CsvText {
  /** Name for messages. */
  readonly file: string;
  readonly text: string;
}

/**
 * Reads `movies.csv`: `movieId,title,genres` with the year in the title (GroupLens's own files), or
 * `movieId,title,year,genres`. Films come back by ascending id. Of two rows with one id the first stays.
 *
 * @throws {InvalidDataError} a header of neither layout, or text that is not CSV
 */
export function readMovies({ file, text }: CsvText): { films: Film[]; problems: RowProblem[] } {
  const { header, rows } = readRows({ file, text });
  const withYear = header.join(',') === 'movieId,title,year,genres';
  if (!withYear && header.join(',') !== 'movieId,title,genres') {
    throw new InvalidDataError(
      `${file} must have the header movieId,title,genres or movieId,title,year,genres, got ${header.join(',')}.`,
    );
  }
  const problems: RowProblem[] = [];
  const firstLine = new Map<number, number>();
  const films: Film[] = [];
  for (const { line, cells } of rows) {
    const bad = (kind: RowProblemKind, message: string) => problems.push({ file, line, kind, message });
    if (cells.length !== header.length) {
      bad('column-count', `${header.length} columns expected, got ${cells.length}`);
      continue;
    }
    const [idText, titleText] = cells as [string, string];
    const number = wholeNumber(idText);
    const turned = displayTitle(titleText);
    const yearText = withYear ? cells[2]! : '';
    const year = yearText === '' ? turned.year : wholeNumber(yearText);
    if (number === null) bad('not-a-number', `movieId must be a whole number below 2³², got ${JSON.stringify(idText)}`);
    else if (turned.title === '') bad('bad-title', `film ${number} has no title`);
    else if (yearText !== '' && (year === null || year < 1000 || year > 9999)) {
      bad('bad-year', `film ${number}: year must have four digits, got ${JSON.stringify(yearText)}`);
    } else if (firstLine.has(number)) {
      bad('duplicate', `film ${number} stands on line ${firstLine.get(number)} already; that line stays`);
    } else {
      firstLine.set(number, line);
      const genresText = cells[withYear ? 3 : 2]!;
      const genres = genresText === '(no genres listed)' || genresText === '' ? [] : genresText.split('|');
      const { title, alternativeTitles } = turned;
      films.push({ id: String(number), title, alternativeTitles, year, genres });
    }
  }
  films.sort((left, right) => Number(left.id) - Number(right.id));
  return { films, problems };
}

/**
 * Reads `ratings.csv` (`userId,movieId,rating,timestamp`). Where a user rated a film twice the later time stays
 * (of equal times the later line), and the other row is reported.
 *
 * @throws {InvalidDataError} another header, or text that is not CSV
 */
export function readRatings(
  { file, text }: CsvText,
  filmIds: ReadonlySet<number>,
): { ratings: RatingRow[]; problems: RowProblem[] } {
  const { header, rows } = readRows({ file, text });
  if (header.join(',') !== 'userId,movieId,rating,timestamp') {
    throw new InvalidDataError(
      `${file} must have the header userId,movieId,rating,timestamp, got ${header.join(',')}.`,
    );
  }
  const problems: RowProblem[] = [];
  const kept = new Map<string, RatingRow>();
  for (const { line, cells } of rows) {
    const bad = (kind: RowProblemKind, message: string, at = line) => problems.push({ file, line: at, kind, message });
    if (cells.length !== 4) {
      bad('column-count', `4 columns expected, got ${cells.length}`);
      continue;
    }
    const [userText, filmText, starsText, timeText] = cells as [string, string, string, string];
    const userId = wholeNumber(userText);
    const filmId = wholeNumber(filmText);
    const stars = decimalNumber(starsText);
    const time = wholeNumber(timeText);
    if (userId === null)
      bad('not-a-number', `userId must be a whole number below 2³², got ${JSON.stringify(userText)}`);
    else if (filmId === null) {
      bad('not-a-number', `movieId must be a whole number below 2³², got ${JSON.stringify(filmText)}`);
    } else if (stars === null) bad('not-a-number', `rating must be a number, got ${JSON.stringify(starsText)}`);
    else if (!filmIds.has(filmId)) bad('unknown-film', `no film has the id ${filmId}`);
    else if (stars < 0.5 || stars > 5 || !Number.isInteger(stars * 2)) {
      bad('rating-range', `rating must be 0.5–5 in steps of 0.5, got ${starsText}`);
    } else if (time === null) {
      bad('bad-time', `timestamp must be whole seconds since 1970, below 2³², got ${JSON.stringify(timeText)}`);
    } else {
      const rating = { userId, filmId, stars, time, line };
      const cell = `${userId} ${filmId}`;
      const other = kept.get(cell);
      const [stays, goes] = other === undefined || time >= other.time ? [rating, other] : [other, rating];
      kept.set(cell, stays);
      if (goes !== undefined) {
        const message = `user ${userId} rated film ${filmId} on line ${stays.line} too; line ${stays.line}, the later rating, stays`;
        bad('duplicate', message, goes.line);
      }
    }
  }
  return { ratings: [...kept.values()], problems };
}

/** One user's part in the fixed split, as `strong-split.csv` writes it. */
export interface SplitRow {
  readonly userId: number;
  readonly fold: number;
  readonly targets: readonly number[];
}

/**
 * Reads `strong-split.csv` (`userId,fold,targets`, the targets parted by spaces). A split is made by a program:
 * the first bad row ends the conversion.
 *
 * @throws {InvalidDataError} naming the file and the line
 */
export function readSplit({ file, text }: CsvText): SplitRow[] {
  const { header, rows } = readRows({ file, text });
  if (header.join(',') !== 'userId,fold,targets') {
    throw new InvalidDataError(`${file} must have the header userId,fold,targets, got ${header.join(',')}.`);
  }
  return rows.map(({ line, cells }) => {
    const [userId, fold] = [wholeNumber(cells[0] ?? ''), wholeNumber(cells[1] ?? '')];
    const targets = (cells[2] ?? '').split(' ').map(wholeNumber);
    if (cells.length !== 3 || userId === null || fold === null || targets.includes(null)) {
      throw new InvalidDataError(`${file}, line ${line}: a user, a fold and film ids parted by spaces expected.`);
    }
    return { userId, fold, targets: targets as number[] };
  });
}

interface CsvRows {
  readonly header: readonly string[];
  readonly rows: readonly { readonly line: number; readonly cells: readonly string[] }[];
}

function readRows({ file, text }: CsvText): CsvRows {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(text, { bom: true, info: true, relax_column_count: true }) as unknown as typeof records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InvalidDataError(`${file} is not CSV: ${error.message}.`, { cause: error });
  }
  const [header, ...rows] = records;
  if (header === undefined) throw new InvalidDataError(`${file} is empty; a header line is expected.`);
  return { header: header.record, rows: rows.map(({ record, info }) => ({ line: info.lines, cells: record })) };
}

function wholeNumber(text: string): number | null {
  if (!/^\d{1,10}$/u.test(text)) return null;
  const value = Number(text);
  return value < 2 ** 32 ? value : null;
}

function decimalNumber(text: string): number | null {
  return /^-?\d+(?:\.\d+)?$/u.test(text) ? Number(text) : null;
}
