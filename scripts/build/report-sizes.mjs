import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const artifacts = fileURLToPath(new URL('../../artifacts/', import.meta.url));
const compress = promisify(brotliCompress);

/** Files of data above this size are compressed at quality 5, because quality 11 takes seconds for them. */
const largeBytes = 256 * 1024;

/**
 * Measures what a build made, and writes the table that it returns to `artifacts/sizes-NAME.md` too.
 *
 * @param {string} name of the build
 * @param {{
 *   folder: string,
 *   files: readonly string[],
 *   totals: readonly { name: string, includes: (file: string) => boolean, limit?: number }[],
 * }} build `files` are relative to `folder`; `limit` is the most bytes that a total may have after Brotli
 * @returns {Promise<{ table: string, overLimit: string[] }>} Markdown that reads well as plain text; the names of the
 *   totals that are above their limit
 */
export async function reportSizes(name, { folder, files, totals }) {
  const sizes = await Promise.all([...files].sort().map((file) => measure(folder, file)));
  const rows = sizes.map(({ file, bytes, compressed }) => [file, ...numbers([bytes, compressed]), '']);
  const overLimit = [];
  for (const { name: total, includes, limit } of totals) {
    const included = sizes.filter(({ file }) => includes(file));
    const bytes = included.reduce((sum, size) => sum + size.bytes, 0);
    const compressed = included.reduce((sum, size) => sum + size.compressed, 0);
    rows.push([`**${total}**`, ...numbers([bytes, compressed, limit])]);
    if (limit !== undefined && compressed > limit) overLimit.push(total);
  }
  const columns = totals.some(({ limit }) => limit !== undefined) ? 4 : 3;
  const table = markdownTable([['file', 'bytes', 'brotli', 'limit'], ...rows].map((row) => row.slice(0, columns)));
  await mkdir(artifacts, { recursive: true });
  await writeFile(path.join(artifacts, `sizes-${name}.md`), table);
  return { table, overLimit };
}

async function measure(folder, file) {
  const content = await readFile(path.join(folder, file));
  const quality = content.byteLength > largeBytes ? 5 : constants.BROTLI_MAX_QUALITY;
  const { byteLength } = await compress(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
  return { file, bytes: content.byteLength, compressed: byteLength };
}

function numbers(values) {
  return values.map((value) => value?.toLocaleString('en') ?? '');
}

/** The first column is aligned to the left, the others to the right. */
function markdownTable([head, ...rows]) {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (row) => {
    const cells = row.map((cell, column) => cell[column === 0 ? 'padEnd' : 'padStart'](widths[column]));
    return `| ${cells.join(' | ')} |`;
  };
  const rule = widths.map((width, column) => '-'.repeat(width - 1) + (column === 0 ? '-' : ':'));
  return [line(head), line(rule), ...rows.map(line), ''].join('\n');
}
