import { CsrMatrix } from '../../data/csr-matrix.ts';
import type { DataArguments } from './data-arguments.ts';
import { IdTable } from './id-table.ts';
import { InteractionColumns } from './interaction-columns.ts';
import { readDatasetFolder } from './read-dataset-folder.ts';
import { type InteractionFile, readInteractions } from './read-interactions.ts';

/** How many rows the files had, and what became of them. */
export interface RowCounts {
  readonly rows: number;
  /** Rows whose user and item stand in a later row of the same part: the later one counts. */
  readonly duplicates: number;
}

/** All interactions of one file. */
export interface MatrixData {
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  /** Users × items. */
  readonly matrix: CsrMatrix;
  readonly counts: RowCounts;
  /** Rows left out for their value (`--min-value`). */
  readonly belowMinimum: number;
}

/** What to read of the data arguments. */
type Source = Pick<DataArguments, 'train' | 'format' | 'minimumValue'>;

/**
 * Reads all of one file.
 *
 * @throws {InvalidDataError} a bad row, by file and line
 */
export async function readMatrix(data: Source): Promise<MatrixData> {
  const tables = { users: new IdTable(), items: new IdTable() };
  const source = await readSource(data.train, data, { ...tables, withTimes: false });
  const { userIds, itemIds, part } = numbering(tables);
  return { userIds, itemIds, ...part(source), belowMinimum: source.belowMinimum };
}

/** `columns` in rows of the file; the ids are numbered when all files are read. */
export async function readSource(
  source: string,
  { format, minimumValue }: Pick<Source, 'format' | 'minimumValue'>,
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
export function numbering({ users, items }: { readonly users: IdTable; readonly items: IdTable }) {
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
