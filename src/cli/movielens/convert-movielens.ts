import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { convertMovieLens } from './movielens-conversion.ts';
import { parseArguments, UsageError } from '../arguments.ts';
import { rowProblemKinds, type RowProblem } from './movielens-csv.ts';
import { reportFailure } from '../report-failure.ts';

const usage = `Usage: npm run data -- --from DIR [--to DIR] [--allow-bad-rows]

Turns movies.csv and ratings.csv of a small MovieLens (and strong-split.csv, where there
is one) into Pocketrec's data set.

  --from DIR         the folder with the CSV files, e.g. an unzipped ml-latest-small
  --to DIR           where to write; default public/datasets/movielens-small
  --allow-bad-rows   write although there are bad rows, without them
`;

/** Runs the converter; returns the exit status: 0 done, 1 bad rows or bad files, 2 wrong usage. */
export async function main(args: string[]): Promise<number> {
  try {
    const { values } = parseArguments(args, {
      from: { type: 'string' },
      to: { type: 'string', default: 'public/datasets/movielens-small' },
      'allow-bad-rows': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    });
    if (values.help) {
      console.log(usage);
      return 0;
    }
    if (values.from === undefined)
      throw new UsageError('--from is missing: the folder with movies.csv and ratings.csv.');
    return await convert({ from: values.from, to: values.to, allowBadRows: values['allow-bad-rows'] });
  } catch (error) {
    return reportFailure(error, usage);
  }
}

interface ConvertOptions {
  readonly from: string;
  readonly to: string;
  readonly allowBadRows: boolean;
}

async function convert({ from, to, allowBadRows }: ConvertOptions): Promise<number> {
  const read = (name: string) => readFile(path.join(from, name), 'utf8');
  // One after another, so that of several missing files it is always the first that is named.
  const movies = await read('movies.csv').catch(missingFile);
  const ratings = await read('ratings.csv').catch(missingFile);
  const split = await read('strong-split.csv').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  const { files, counts, problems } = await convertMovieLens({
    movies,
    ratings,
    ...(split !== undefined && { split }),
  });
  console.log(
    `${counts.films} films, ${counts.ratings} ratings by ${counts.users} users, ${problems.length} bad rows.`,
  );
  report(problems);
  if (problems.length > 0 && !allowBadRows) {
    console.error('Nothing was written. Mend these rows, or leave them out with --allow-bad-rows.');
    return 1;
  }
  await mkdir(to, { recursive: true });
  for (const [name, bytes] of files) {
    await writeFile(path.join(to, name), bytes);
    console.log(`${path.join(to, name)}: ${bytes.length} bytes`);
  }
  return 0;
}

function missingFile(error: NodeJS.ErrnoException): never {
  throw new UsageError(error.code === 'ENOENT' ? `${error.path} does not exist.` : error.message);
}

function report(problems: readonly RowProblem[]): void {
  for (const kind of rowProblemKinds) {
    const ofKind = problems.filter((problem) => problem.kind === kind);
    if (ofKind.length === 0) continue;
    console.error(`${kind}: ${ofKind.length}`);
    for (const { file, line, message } of ofKind) console.error(`  ${file}, line ${line}: ${message}`);
  }
}
