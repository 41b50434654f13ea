import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import type { EvaluateReport } from '../../src/cli/evaluate/evaluate-command.ts';
import { main } from '../../src/cli/pocketrec.ts';
import type { TuneReport } from '../../src/cli/tune/tune-command.ts';
import { Xoshiro128 } from '../../src/model/random.ts';

// Whoever imports this has a folder of its own for as long as its tests run.
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** A file in the folder of this test file. */
export async function fileOf(name: string, lines: readonly string[]): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** Runs the program; what it printed, and its exit status. */
export async function run(args: string): Promise<{ status: number; out: string; err: string }> {
  const out = vi.spyOn(console, 'log').mockImplementation(() => {});
  const err = vi.spyOn(console, 'error').mockImplementation(() => {});
  const status = await main(args.split(' ').filter((word) => word !== ''));
  const text = (spy: typeof out) => spy.mock.calls.map(([line]) => String(line)).join('\n');
  const printed = { status, out: text(out), err: text(err) };
  out.mockRestore();
  err.mockRestore();
  return printed;
}

/** What the program prints with `--json`. */
export async function report<Report = EvaluateReport>(args: string): Promise<Report> {
  const { status, out, err } = await run(`${args} --json`);
  expect(err).toBe('');
  expect(status).toBe(0);
  return JSON.parse(out) as Report;
}

/** Two tastes: users and items of one parity meet, others do not. Two of each user's items are held out. */
export async function twoTastes() {
  const random = Xoshiro128.fromSeed(7);
  const train: string[] = [];
  const test: string[] = [];
  for (let user = 0; user < 40; user++) {
    const own = Array.from({ length: 12 }, (_, item) => 2 * item + (user % 2));
    for (const [place, item] of own.sort(() => random.nextUint32() - 2 ** 31).entries()) {
      const row = `u${user},i${item},${1 + (item % 5)},${100_000 + 10 * place + user}`;
      if (place < 8) train.push(row);
      else if (place < 10) test.push(row);
    }
  }
  return { train, test, trainFile: await fileOf('train.csv', train), testFile: await fileOf('test.csv', test) };
}

/** A model that is trained in no time. */
export const small = '--factors 4 --epochs 4';
/** A report without what differs from run to run. */
export const withoutSeconds = (found: EvaluateReport | TuneReport) => ({ ...found, seconds: null });
