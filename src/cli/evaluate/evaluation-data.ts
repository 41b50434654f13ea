import { readFile } from 'node:fs/promises';
import { decodeStrongSplit, strongSplitRows } from '../../evaluation/strong-split.ts';
import type { HoldOut } from '../../evaluation/hold-out.ts';
import { cellsShared, selectRows } from '../../evaluation/matrix-rows.ts';
import { holdOutTargets, seededStrongSplit } from '../../evaluation/seeded-split.ts';
import type { StrongSplit } from '../../evaluation/strong-generalization.ts';
import { cutTime } from '../../evaluation/time-split.ts';
import { InvalidDataError } from '../../errors.ts';
import { CsrMatrix } from '../../data/csr-matrix.ts';
import type { DataArguments, SplitSource } from '../read/data-arguments.ts';
import { IdTable } from '../read/id-table.ts';
import { InteractionColumns } from '../read/interaction-columns.ts';
import { readSplit } from '../movielens/movielens-csv.ts';
import { readDatasetFolder, readStrongSplit } from '../read/read-dataset-folder.ts';
import { type InteractionFile, readInteractions } from '../read/read-interactions.ts';

/** How many rows the files had, and what became of them. */
export interface RowCounts {
  readonly rows: number;
  /** Rows whose user and item stand in a later row of the same part: the later one counts. */
  readonly duplicates: number;
}

/** A training and a test part, with the ids of rows and columns. */
export interface HoldOutData extends HoldOut {
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  readonly counts: { readonly training: RowCounts; readonly test: RowCounts };
  /** Rows of all files left out for their value (`--min-value`). */
  readonly belowMinimum: number;
  /** Seconds since 1970: the first moment of the test part, where time makes the parts. */
  readonly cut: number | null;
}

/** All interactions, and a split of the users. */
export interface StrongData {
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  readonly matrix: CsrMatrix;
  readonly split: StrongSplit;
  readonly counts: RowCounts;
  /** Rows left out for their value (`--min-value`). */
  readonly belowMinimum: number;
}

/**
 * Reads the parts of a `test` or `time` protocol.
 *
 * @throws {InvalidDataError} a bad row, by file and line; a split that leaves a part empty
 */
export async function readHoldOut(data: DataArguments): Promise<HoldOutData> {
  const { protocol } = data;
  if (protocol.kind === 'strong') throw new Error('Internal: the strong protocol has no two parts.');
  const tables = { users: new IdTable(), items: new IdTable() };
  const train = await readSource(data.train, data, { ...tables, withTimes: protocol.kind === 'time' });
  const test =
    protocol.kind === 'test' ? await readSource(protocol.test!, data, { ...tables, withTimes: false }) : null;
  const matrixOf = numbering(tables);
  const { userIds, itemIds } = matrixOf;
  if (protocol.kind === 'time') {
    const { times } = train.columns;
    const cut = cutTime(times, protocol.cut);
    const before = matrixOf.part(train, (row) => times[row]! < cut);
    const after = matrixOf.part(train, (row) => times[row]! >= cut);
    return {
      userIds,
      itemIds,
      training: before.matrix,
      targets: after.matrix,
      counts: { training: before.counts, test: after.counts },
      belowMinimum: train.belowMinimum,
      cut,
    };
  }
  const training = matrixOf.part(train);
  const targets = matrixOf.part(test!);
  return {
    userIds,
    itemIds,
    training: training.matrix,
    targets: targets.matrix,
    counts: { training: training.counts, test: targets.counts },
    belowMinimum: train.belowMinimum + test!.belowMinimum,
    cut: null,
  };
}

/**
 * Reads the training part alone and holds a part of it out, for tuning: of the `test` protocol a random share of each
 * user's items, of the `time` protocol the last share of the interactions. A test file is never opened, and of a
 * split in time nothing from the cut on is looked at but its times.
 *
 * @throws {InvalidDataError} a bad row, by file and line; a split that leaves a part empty
 */
export async function readTuningHoldOut(data: DataArguments): Promise<HoldOut> {
  const { protocol, heldOut, splitSeed } = data;
  if (protocol.kind === 'strong') throw new Error('Internal: the strong protocol has no two parts.');
  const tables = { users: new IdTable(), items: new IdTable() };
  const train = await readSource(data.train, data, { ...tables, withTimes: protocol.kind === 'time' });
  const matrixOf = numbering(tables);
  if (protocol.kind === 'test') {
    const { matrix } = matrixOf.part(train);
    const targets = holdOutTargets(matrix, { heldOut, seed: splitSeed });
    const isTarget = cellsShared(matrix, targets);
    const training = selectRows(matrix, allRows(matrix), (entry) => isTarget[entry] === 0);
    return { training, targets };
  }
  const { times } = train.columns;
  const cut = cutTime(times, protocol.cut);
  const innerCut = cutTime(
    times.filter((time) => time < cut),
    { share: 1 - heldOut },
  );
  return {
    training: matrixOf.part(train, (row) => times[row]! < innerCut).matrix,
    targets: matrixOf.part(train, (row) => times[row]! >= innerCut && times[row]! < cut).matrix,
  };
}

/**
 * Reads the data of the strong protocol.
 *
 * @throws {InvalidDataError} a bad row, by file and line; a split that does not belong to the data
 */
export async function readStrong(data: DataArguments): Promise<StrongData> {
  const { protocol } = data;
  if (protocol.kind !== 'strong') throw new Error('Internal: only the strong protocol splits users.');
  const tables = { users: new IdTable(), items: new IdTable() };
  const source = await readSource(data.train, data, { ...tables, withTimes: false });
  const matrixOf = numbering(tables);
  const { userIds, itemIds } = matrixOf;
  const { matrix, counts } = matrixOf.part(source);
  const split = await splitOf(protocol.split, { folder: data.train, userIds, itemIds, matrix });
  return { userIds, itemIds, matrix, split, counts, belowMinimum: source.belowMinimum };
}

/** `columns` in rows of the file; the ids are numbered when all files are read. */
async function readSource(
  source: string,
  { format, minimumValue }: DataArguments,
  { users, items, withTimes }: { readonly users: IdTable; readonly items: IdTable; readonly withTimes: boolean },
): Promise<InteractionFile> {
  if (format !== 'dataset') return readInteractions(source, { format, users, items, withTimes, minimumValue });
  const { userIds, interactions, timestamps } = await readDatasetFolder(source);
  const encoder = new TextEncoder();
  const rowsOf = (ids: readonly string[], table: IdTable): Uint32Array =>
    Uint32Array.from(ids, (id) => {
      const bytes = encoder.encode(id);
      return table.rowOf(bytes, 0, bytes.length);
    });
  const userRows = rowsOf(userIds, users);
  const itemRows = rowsOf(interactions.itemIds, items);
  const columns = new InteractionColumns({ withTimes });
  let belowMinimum = 0;
  for (const [entry, user] of interactions.users.entries()) {
    const value = interactions.values[entry]!;
    if (minimumValue !== null && value < minimumValue) belowMinimum++;
    else columns.push(userRows[user]!, itemRows[interactions.items[entry]!]!, value, timestamps[entry]!);
  }
  return { columns, belowMinimum };
}

/** Numbers users and items by their ids, and makes matrices of rows read. */
function numbering({ users, items }: { readonly users: IdTable; readonly items: IdTable }) {
  const { ids: userIds, placeOf: userRows } = users.sorted();
  const { ids: itemIds, placeOf: itemRows } = items.sorted();
  return {
    userIds,
    itemIds,
    part: ({ columns }: InteractionFile, keep: (row: number) => boolean = () => true) => {
      const room = columns.count;
      const rows = new Uint32Array(room);
      const itemColumns = new Uint32Array(room);
      const values = new Float32Array(room);
      let kept = 0;
      for (let row = 0; row < room; row++) {
        if (!keep(row)) continue;
        rows[kept] = userRows[columns.users[row]!]!;
        itemColumns[kept] = itemRows[columns.items[row]!]!;
        values[kept] = columns.values[row]!;
        kept++;
      }
      const matrix = CsrMatrix.fromTriplets({
        rowCount: userIds.length,
        columnCount: itemIds.length,
        rows: rows.subarray(0, kept),
        columns: itemColumns.subarray(0, kept),
        values: values.subarray(0, kept),
      });
      return { matrix, counts: { rows: kept, duplicates: kept - matrix.nonZeroCount } };
    },
  };
}

async function splitOf(
  source: SplitSource,
  of: { folder: string; userIds: readonly string[]; itemIds: readonly string[]; matrix: CsrMatrix },
): Promise<StrongSplit> {
  if (source === 'own') return readStrongSplit(of.folder, await readDatasetFolder(of.folder));
  if (!('file' in source)) return seededStrongSplit(of.matrix, source);
  const { file } = source;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new InvalidDataError(`There is no file ${file}.`, { cause: error });
  }
  const users = file.endsWith('.json')
    ? decodeStrongSplit(text)
    : readSplit({ file, text }).map(({ userId, fold, targets }) => ({
        user: String(userId),
        fold,
        targets: targets.map(String),
      }));
  return strongSplitRows(users, of);
}

function allRows({ rowCount }: CsrMatrix): Uint32Array {
  return Uint32Array.from({ length: rowCount }, (_, row) => row);
}
