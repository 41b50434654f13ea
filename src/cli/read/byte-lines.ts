import { createReadStream } from 'node:fs';
import { InvalidDataError } from '../../errors.ts';
import { unreadable } from './read-text-file.ts';

/** Hears each line of a file as bytes `start … end` of `bytes`, which are only good during the call; `line` is from 1. */
export type OnLine = (bytes: Uint8Array, start: number, end: number, line: number) => void;

const newline = 10;
const carriageReturn = 13;
const chunkSize = 1 << 20;

/**
 * Reads a text file line by line without a string a line. A byte order mark and the carriage returns of Windows are
 * left out; the last line needs no end.
 *
 * @throws {InvalidDataError} no such file, a folder, or a compressed file
 */
export async function forEachLine(file: string, onLine: OnLine): Promise<void> {
  let rest: Uint8Array = new Uint8Array(0);
  let line = 0;
  const give = (bytes: Uint8Array, start: number, end: number): void => {
    line++;
    const from = line === 1 && hasByteOrderMark(bytes, start, end) ? start + 3 : start;
    onLine(bytes, from, end > from && bytes[end - 1] === carriageReturn ? end - 1 : end, line);
  };
  try {
    for await (const piece of createReadStream(file, { highWaterMark: chunkSize })) {
      const chunk = rest.length === 0 ? (piece as Buffer) : Buffer.concat([rest, piece as Buffer]);
      if (line === 0 && chunk[0] === 0x1f && chunk[1] === 0x8b) {
        throw new InvalidDataError(`${file} is compressed (gzip); unpack it first.`);
      }
      let start = 0;
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
        give(chunk, start, end);
        start = end + 1;
      }
      rest = chunk.subarray(start);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  if (rest.length > 0) give(rest, 0, rest.length);
}

function hasByteOrderMark(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
}
