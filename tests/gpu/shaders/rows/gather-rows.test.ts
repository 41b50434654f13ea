import { expect, test } from 'vitest';
import { encodeGatherRows } from '../../../../src/shaders/rows/gather-rows.ts';
import { referenceGather } from '../../../reference/embedding.ts';
import {
  computed,
  counts,
  type PageOptions,
  pagesOf,
  randomTable as table,
  rowsOf,
  type Table,
} from '../../../support/shaders/table-pages.ts';

function gather(table: Table, rows: Uint32Array, { pageRows, limits }: PageOptions = {}): Promise<number[]> {
  return computed(
    rows.length * table.rank,
    (commands, buffers, output) =>
      encodeGatherRows(commands, {
        rows: buffers.upload('rows', rows),
        rowCount: rows.length,
        rankVectors: table.rank / 4,
        pages: pagesOf(buffers, table, pageRows),
        output,
      }),
    limits,
  );
}

const { rank } = table;

test.each(counts)('gathers %i rows', async (count) => {
  const rows = rowsOf(count, count + 1);
  const expected = referenceGather(table.factors, rank, rows);
  expect(await gather(table, rows)).toEqual(expected);
  expect(await gather(table, rows, { pageRows: 64 })).toEqual(expected);
});

test('gathers with few workgroups a dimension', async () => {
  const rows = rowsOf(257, 1);
  expect(await gather(table, rows, { limits: { maxComputeWorkgroupsPerDimension: 4 } })).toEqual(
    referenceGather(table.factors, rank, rows),
  );
});
