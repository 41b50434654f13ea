import { readFile } from 'node:fs/promises';
import { InvalidDataError } from '../../errors.ts';

/** @throws {InvalidDataError} there is no such file, or it cannot be read */
export async function readTextFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** What to throw where reading `file` failed: in words where the reason is a known one, otherwise `error` itself. */
export function unreadable(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new InvalidDataError(`There is no file ${file}.`, { cause: error });
  if (code === 'EISDIR') return new InvalidDataError(`${file} is a folder; name a file in it.`, { cause: error });
  if (code === 'EACCES') return new InvalidDataError(`${file} may not be read.`, { cause: error });
  return error;
}
