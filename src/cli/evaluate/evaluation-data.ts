import { decodeStrongSplit, strongSplitRows } from '../../evaluation/strong-split.ts';
import type { HoldOut } from '../../evaluation/hold-out.ts';
import { cellsShared, selectRows } from '../../evaluation/matrix-rows.ts';
import { holdOutTargets, seededStrongSplit } from '../../evaluation/seeded-split.ts';
import type { StrongSplit } from '../../evaluation/strong-generalization.ts';
import { cutTime } from '../../evaluation/time-split.ts';
import { CsrMatrix } from '../../data/csr-matrix.ts';
import type { DataArguments, SplitSource } from '../read/data-arguments.ts';
import { IdTable } from '../read/id-table.ts';
import { readSplit } from '../movielens/movielens-csv.ts';
import { readDatasetFolder, readStrongSplit } from '../read/read-dataset-folder.ts';
import { type MatrixData, numbering, readMatrix, readSource, type RowCounts } from '../read/read-matrix.ts';
import { readTextFile } from '../read/read-text-file.ts';

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
export interface StrongData extends MatrixData {
  readonly split: StrongSplit;
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
  const whole = await readMatrix(data);
  return { ...whole, split: await splitOf(protocol.split, { folder: data.train, ...whole }) };
}

async function splitOf(
  source: SplitSource,
  of: { folder: string; userIds: readonly string[]; itemIds: readonly string[]; matrix: CsrMatrix },
): Promise<StrongSplit> {
  if (source === 'own') return readStrongSplit(of.folder, await readDatasetFolder(of.folder));
  if (!('file' in source)) return seededStrongSplit(of.matrix, source);
  const { file } = source;
  const text = await readTextFile(file);
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
