import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { EvaluateReport } from '../../src/cli/evaluate-command.ts';
import { main } from '../../src/cli/pocketrec.ts';
import type { TuneReport } from '../../src/cli/tune-command.ts';
import { Xoshiro128 } from '../../src/engine/random.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

async function fileOf(name: string, lines: readonly string[]): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** Runs the program; what it printed, and its exit status. */
async function run(args: string): Promise<{ status: number; out: string; err: string }> {
  const out = vi.spyOn(console, 'log').mockImplementation(() => {});
  const err = vi.spyOn(console, 'error').mockImplementation(() => {});
  const status = await main(args.split(' ').filter((word) => word !== ''));
  const text = (spy: typeof out) => spy.mock.calls.map(([line]) => String(line)).join('\n');
  const printed = { status, out: text(out), err: text(err) };
  out.mockRestore();
  err.mockRestore();
  return printed;
}

async function report<Report = EvaluateReport>(args: string): Promise<Report> {
  const { status, out, err } = await run(`${args} --json`);
  expect(err).toBe('');
  expect(status).toBe(0);
  return JSON.parse(out) as Report;
}

/** Two tastes: users and items of one parity meet, others do not. Two of each user's items are held out. */
async function twoTastes() {
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

const small = '--factors 4 --iterations 4';
const withoutSeconds = (found: EvaluateReport | TuneReport) => ({ ...found, seconds: null });

describe('evaluate', () => {
  test('two files: the settings, the users, the metrics, the seconds and the back end', async () => {
    const { trainFile, testFile } = await twoTastes();
    const found = await report(
      `evaluate --train ${trainFile} --test ${testFile} ${small} --metrics recall@4,ndcg@2,hit@1`,
    );
    expect(found.settings).toEqual({
      train: trainFile,
      test: testFile,
      format: 'csv',
      protocol: 'test',
      unseenItems: 'keep',
      factors: 4,
      alpha0: 0.3,
      regularization: 0.003,
      exponent: 1,
      iterations: 4,
      seed: 1,
      feedback: 'presence',
      valueWeight: 0,
      activityDiscount: 0,
      popularityDiscount: 0,
      solver: expect.any(String),
      cgSteps: expect.any(Number),
      precision: 'auto',
    });
    expect(found).toMatchObject({ backend: 'cpu', adapter: 'WebAssembly SIMD', users: 40 });
    expect(Object.keys(found.metrics)).toEqual(['recall@4', 'ndcg@2', 'hit@1']);
    // Each user has four items of the own taste left, two of them targets: a model that learned puts all four first.
    // Chance would find a quarter.
    expect(found.metrics['recall@4']).toBeGreaterThan(0.9);
    expect(Object.keys(found.seconds)).toEqual(['reading', 'training', 'ranking']);
    expect(found.data).toEqual({
      users: 40,
      items: 24,
      belowMinimum: 0,
      training: { rows: 320, duplicates: 0 },
      test: { rows: 80, duplicates: 0 },
      targets: 80,
      targetsOfUnseenItems: 0,
      usersNotInTraining: 0,
      targetsInTraining: 0,
      unseenTargetsLeftOut: 0,
    });
  });

  test('the same seed, the same figures; the order of rows does not matter; another seed is another model', async () => {
    const { train, trainFile, testFile } = await twoTastes();
    const reversed = await fileOf('reversed.csv', [...train].reverse());
    const args = `--test ${testFile} --factors 2 --iterations 1 --metrics ndcg@3`;
    const first = await report(`evaluate --train ${trainFile} ${args}`);
    expect(withoutSeconds(await report(`evaluate --train ${trainFile} ${args}`))).toEqual(withoutSeconds(first));
    expect((await report(`evaluate --train ${reversed} ${args}`)).metrics).toEqual(first.metrics);
    expect((await report(`evaluate --train ${trainFile} ${args} --seed 2`)).metrics).not.toEqual(first.metrics);
  });

  test('all layouts of the same data give the same figures', async () => {
    const pairs = Array.from({ length: 30 }, (_, user) => [user, user % 5, 5 + (user % 7), 12 + (user % 3)] as const);
    const test = pairs.map(([user]) => [user, 5 + ((user + 1) % 7)] as const);
    const write = (name: string, line: (user: number, item: number) => string) => {
      const rows = pairs.flatMap(([user, ...items]) => items.map((item) => line(user, item)));
      return Promise.all([
        fileOf(`${name}-train`, rows),
        fileOf(
          `${name}-test`,
          test.map(([user, item]) => line(user, item)),
        ),
      ]);
    };
    const figures = async (format: string, [train, test]: readonly string[]) =>
      (await report(`evaluate --train ${train} --test ${test} --format ${format} ${small} --metrics ndcg@5`)).metrics;
    const csv = await figures('csv', await write('csv', (user, item) => `${user},${item}`));
    expect(await figures('movielens', await write('dat', (user, item) => `${user}::${item}::5::9`))).toEqual(csv);
    const lightgcn = await Promise.all([
      fileOf(
        'lightgcn-train',
        pairs.map((numbers) => numbers.join(' ')),
      ),
      fileOf(
        'lightgcn-test',
        test.map((numbers) => numbers.join(' ')),
      ),
    ]);
    expect(await figures('lightgcn', lightgcn)).toEqual(csv);
  });

  test('every model argument changes the figures', async () => {
    const { trainFile, testFile } = await twoTastes();
    const base = `evaluate --train ${trainFile} --test ${testFile} --iterations 1 --metrics map@10`;
    const figure = async (more: string) => (await report(`${base} ${more}`)).metrics['map@10'];
    const standard = await figure('--factors 6');
    for (const more of [
      '--factors 2',
      '--factors 6 --iterations 2',
      '--factors 6 --alpha0 2',
      '--factors 6 --alpha 5',
      '--factors 6 --regularization .1',
      '--factors 6 --exponent .2',
      '--factors 6 --feedback strength',
      '--factors 6 --value-weight 2',
      '--factors 6 --solver cholesky',
    ]) {
      expect(await figure(more), more).not.toBe(standard);
    }
  });

  test('the discounts count where users and items differ', async () => {
    const rows = Array.from({ length: 20 }, (_, user) =>
      Array.from({ length: 3 + user }, (_, place) => `${user},${(user * 7 + place * (1 + (user % 3))) % 29}`),
    );
    const train = await fileOf(
      'uneven-train',
      rows.flatMap((own) => own.slice(1)),
    );
    const test = await fileOf(
      'uneven-test',
      rows.map((own) => own[0]!),
    );
    const args = `evaluate --train ${train} --test ${test} ${small} --metrics map@10`;
    const { metrics } = await report(args);
    expect((await report(`${args} --activity-discount 1`)).metrics).not.toEqual(metrics);
    expect((await report(`${args} --popularity-discount 1`)).metrics).not.toEqual(metrics);
  });

  test('--split-time: training before, the test after; unseen users and items are counted', async () => {
    const file = await fileOf('times.csv', [
      'user,item,value,timestamp',
      'a,x,1,2015-01-01',
      'a,y,1,2015-01-02',
      'b,x,1,2015-01-03',
      'b,y,1,2015-02-01',
      'a,new,1,2015-02-02',
      'late,x,1,2015-02-03',
      'b,x,1,2015-02-04',
    ]);
    const args = `evaluate --train ${file} --factors 1 --iterations 1 --metrics recall@1`;
    const byDate = await report(`${args} --split-time 2015-02-01`);
    expect(byDate.settings).toMatchObject({ protocol: 'time', splitTime: '2015-02-01T00:00:00Z (1422748800)' });
    expect(byDate.users).toBe(2);
    expect(byDate.data).toMatchObject({
      targets: 2,
      targetsOfUnseenItems: 1,
      usersNotInTraining: 1,
      targetsInTraining: 1,
    });
    const dropped = await report(`${args} --split-time 2015-02-01 --unseen-items drop`);
    expect(dropped.users).toBe(1);
    expect(dropped.metrics['recall@1']).toBe(1); // b knows x, and only y is left of what was seen in training
    const byShare = await report(`${args} --split-time 0.43`);
    expect(byShare.settings).toMatchObject({ splitTime: '2015-02-01T00:00:00Z (1422748800)' });
    expect(byShare.metrics).toEqual(byDate.metrics);
    const bySeconds = await report(`${args} --split-time 1422748800`);
    expect(withoutSeconds(bySeconds)).toEqual(withoutSeconds(byDate));
  });

  test('--protocol strong on any data: a seeded split, or a file', async () => {
    const { trainFile } = await twoTastes();
    const args = `evaluate --train ${trainFile} --protocol strong ${small} --metrics recall@5`;
    const found = await report(`${args} --fold-count 4 --held-out .25 --split-seed 3`);
    expect(found.users).toBe(40);
    expect(found.settings).toMatchObject({ folds: [0, 1, 2, 3], split: { foldCount: 4, heldOut: 0.25, seed: 3 } });
    expect(found.metrics['recall@5']).toBeGreaterThan(0.75); // chance: 5 places of about 18, or 0.28
    const other = await report(`${args} --fold-count 4 --held-out .25 --split-seed 4 --factors 1 --iterations 1`);
    expect(other.metrics).not.toEqual(found.metrics);
    expect((await report(`${args} --folds 1`)).users).toBe(8);

    const numbered = await fileOf('numbered.csv', ['1,10', '1,11', '2,10', '2,11', '2,12', '3,10', '3,12']);
    const split = await fileOf('split.csv', ['userId,fold,targets', '1,0,11', '2,1,11 12', '3,1,10']);
    const fixed = await report(
      `evaluate --train ${numbered} --protocol strong --split ${split} --factors 1 --iterations 1 --metrics hit@1`,
    );
    expect(fixed.users).toBe(3);
    expect((await run(`evaluate --train ${numbered} --protocol strong --split ${split} --folds 2`)).err).toContain(
      'the split has the folds 0, 1, not 2',
    );
  });

  test('--min-value counts in both parts', async () => {
    const train = await fileOf('stars-train', ['a,x,5', 'a,y,1', 'b,y,5', 'b,x,4', 'c,x,4']);
    const test = await fileOf('stars-test', ['a,y,5', 'a,z,1', 'c,y,4']);
    const found = await report(
      `evaluate --train ${train} --test ${test} --min-value 4 --factors 1 --iterations 1 --metrics hit@1`,
    );
    expect(found.data).toMatchObject({
      belowMinimum: 2,
      training: { rows: 4 },
      test: { rows: 2 },
      targets: 2,
    });
    const byTime = await fileOf('stars-times', ['a,x,5,1', 'b,y,5,1', 'a,y,1,2', 'a,y,5,3', 'b,x,4,3']);
    const split = await report(
      `evaluate --train ${byTime} --split-time 3 --min-value 4 --factors 1 --iterations 1 --metrics hit@1`,
    );
    expect(split.data).toMatchObject({ belowMinimum: 1, training: { rows: 2 }, test: { rows: 2 } });
  });

  test('the checkout’s own data, without a file', async () => {
    const found = await report(
      'evaluate --protocol strong --folds 2 --factors 2 --iterations 1 --metrics recall-capped@20',
    );
    expect(found).toMatchObject({
      users: 134,
      settings: { folds: [2], format: 'dataset', split: 'the data set’s own' },
    });
  });

  test('people read a table', async () => {
    const { trainFile, testFile } = await twoTastes();
    const { out, status } = await run(`evaluate --train ${trainFile} --test ${testFile} ${small} --metrics ndcg@2`);
    expect(status).toBe(0);
    expect(out).toMatch(/40 users measured\n {2}ndcg@2 {2}\d\.\d{4}$/u);
  });

  test.each([
    ['', 'There is no command', 2],
    ['evaluate', '--train must name a file', 2],
    ['evaluate --train FILE', 'Say what to test on', 2],
    ['evaluate --train FILE --test FILE --split-time .5', '--test and --split-time are two ways', 2],
    ['evaluate --train FILE --test FILE --protocol strong', '--test does not belong to --protocol strong', 2],
    ['evaluate --train FILE --protocol time', '--protocol time needs --split-time', 2],
    ['evaluate --train FILE --protocol weak', '--protocol must be test or time or strong, got "weak"', 2],
    ['evaluate --train FILE --split-time soon', '--split-time must be a date', 2],
    ['evaluate --train FILE --split-time 1.5', 'leaves nothing to train on', 1],
    ['evaluate --train FILE --test FILE --folds 1', '--folds belongs to --protocol strong', 2],
    ['evaluate --train FILE --protocol strong --split FILE --split-seed 2', '--split names a fixed split', 2],
    ['evaluate --train FILE --protocol strong --held-out 1', '--held-out must be above 0 and below 1, got "1"', 2],
    [
      'evaluate --train FILE --test FILE --format parquet',
      '--format must be csv or movielens or lightgcn or dataset',
      2,
    ],
    ['evaluate --train FILE --test FILE --metrics ndcg@20,auc', 'Unknown metric "auc"', 2],
    ['evaluate --train FILE --test FILE --factors 300', '--factors must be a whole number from 1 to 256', 2],
    ['evaluate --train FILE --test FILE --alpha 1 --alpha0 1', '--alpha and --alpha0 are two ways', 2],
    ['evaluate --train FILE --test FILE --feedback stars --value-weight 1', 'leave --feedback stars out', 2],
    ['evaluate --train FILE --test FILE --solver magic', '--solver must be', 2],
    ['evaluate --train FILE --test FILE --backend cuda', '--backend must be cpu or webgpu', 2],
    ['evaluate --train FILE --test FILE --nonsense', "Unknown option '--nonsense'", 2],
    ['evaluate --train FILE --test no/such/file', 'There is no file no/such/file', 1],
    ['evaluate --train FILE --test FILE', 'There is nobody to measure', 1],
    ['evaluate --train FILE --test FILE --tuned no/such/file', 'There is no file no/such/file', 1],
    ['evaluate --train FILE --test FILE --tuned FILE', 'is not what pocketrec tune --json prints', 1],
    ['tune', '--train must name a file', 2],
    ['tune --train FILE --metric ndcg@1,ndcg@2', '--metric must be one metric', 2],
    ['tune --train FILE --factors 0', '--factors must be whole numbers from 1 to 256, got 0', 2],
    ['tune --train FILE --exponents 2', '--exponents must be a number from 0 to 1', 2],
    ['tune --train FILE --alpha0 1', "Unknown option '--alpha0'", 2],
    ['train', 'There is no command "train"', 2],
  ])('%s: %s', async (args, message, status) => {
    const file = await fileOf('few.csv', ['a,x,1,10', 'a,y,1,20', 'b,x,1,30']);
    const found = await run(args.replaceAll('FILE', file));
    expect(args === '' ? found.out : found.err).toContain(args === '' ? 'Usage: pocketrec' : message);
    expect(found.status).toBe(status);
  });
});

describe('tune', () => {
  const search = '--factors 2,4 --trials 3 --iterations 4 --metric ndcg@4';

  test('never opens the test file: one that does not exist stands in the command', async () => {
    const { trainFile } = await twoTastes();
    const missing = path.join(folder, 'does-not-exist.csv');
    expect((await run(`evaluate --train ${trainFile} --test ${missing} ${small}`)).status).toBe(1);
    const withTest = await report<TuneReport>(`tune --train ${trainFile} --test ${missing} ${search}`);
    const without = await report<TuneReport>(`tune --train ${trainFile} ${search}`);
    expect(withTest.tuned[0]!.command).toContain(`--test ${missing} `);
    expect(without.tuned[0]!.command).toContain('--test TEST_FILE ');
    expect(withTest.tuned[0]!.trials).toEqual(without.tuned[0]!.trials);
    expect(withTest.tuned[0]!.users).toBe(40);
  });

  test('of a split in time nothing after the cut matters', async () => {
    const { train, test } = await twoTastes();
    const cut = 100_071;
    const isBefore = (row: string) => Number(row.split(',')[3]) < cut;
    const rows = [...train, ...test];
    expect(rows.filter(isBefore).length).toBeGreaterThan(100);
    expect(rows.filter((row) => !isBefore(row)).length).toBeGreaterThan(50);
    const other = rows.map((row) => (isBefore(row) ? row : row.replace(/i\d+,\d/u, 'i1,5')));
    const tuned = async (file: string) =>
      (await report<TuneReport>(`tune --train ${file} --split-time ${cut} ${search}`)).tuned[0]!;
    const [first, second] = [await fileOf('time-a.csv', rows), await fileOf('time-b.csv', other)];
    const found = await tuned(first);
    expect((await tuned(second)).trials).toEqual(found.trials);
    // The control: a change before the cut is seen.
    const third = await fileOf(
      'time-c.csv',
      rows.map((row) => (isBefore(row) ? row.replace(/i\d,/u, 'i1,') : row)),
    );
    expect((await tuned(third)).trials).not.toEqual(found.trials);
  });

  test('of a fold nothing of its own users matters', async () => {
    const { train } = await twoTastes();
    const numbered = train.map((row) => row.replace('u', '').replace('i', '1'));
    const users = Array.from({ length: 40 }, (_, user) => user);
    const itemOf = (user: number) => numbered.find((row) => row.startsWith(`${user},`))!.split(',')[1];
    const split = await fileOf('folds.csv', [
      'userId,fold,targets',
      ...users.map((user) => `${user},${user % 4 === 3 ? 1 : 0},${itemOf(user)}`),
    ]);
    // The users of fold 1 turn to the other taste in all but their targets.
    const isOwn = (row: string) => Number(row.split(',')[0]) % 4 === 3;
    const other = numbered.filter((row) => !isOwn(row) || row.split(',')[1] === itemOf(Number(row.split(',')[0])));
    const tuned = async (name: string, rows: string[], fold: number) => {
      const args = `tune --train ${await fileOf(name, rows)} --protocol strong --split ${split} --folds ${fold} ${search}`;
      return (await report<TuneReport>(args)).tuned[0]!;
    };
    const found = await tuned('fold-a.csv', numbered, 1);
    expect(found).toMatchObject({ fold: 1, command: expect.stringContaining(`--split ${split} --folds 1 `) });
    expect((await tuned('fold-b.csv', other, 1)).trials).toEqual(found.trials);
    expect((await tuned('fold-b.csv', other, 0)).trials).not.toEqual((await tuned('fold-a.csv', numbered, 0)).trials);
  });

  test('the same seed, the same search; the command is the winner’s; evaluate --tuned runs it', async () => {
    const { trainFile, testFile } = await twoTastes();
    const args = `tune --train ${trainFile} --test ${testFile} ${search}`;
    const found = await report<TuneReport>(args);
    expect(withoutSeconds(await report<TuneReport>(args))).toEqual(withoutSeconds(found));
    const { settings, command, trials, score } = found.tuned[0]!;
    expect(score).toBe(Math.max(...trials.filter(({ epochs }) => epochs === 4).map((trial) => trial.score)));
    expect(trials.some((trial) => trial.activityDiscount > 0)).toBe(true);
    const tunedFile = await fileOf('tuned.json', [JSON.stringify(found)]);
    const byFile = await report(
      `evaluate --train ${trainFile} --test ${testFile} --tuned ${tunedFile} --metrics ndcg@4`,
    );
    expect(byFile.settings).toMatchObject({ factors: settings.factors, alpha0: settings.alpha0, iterations: 4 });
    const byCommand = await report(command.replace('pocketrec ', ''));
    expect(byCommand.metrics).toEqual(byFile.metrics);
    const overridden = await report(
      `evaluate --train ${trainFile} --test ${testFile} --tuned ${tunedFile} --factors 1`,
    );
    expect(overridden.settings).toMatchObject({ factors: 1, alpha0: settings.alpha0 });
    expect((await run(`evaluate --train ${trainFile} --protocol strong --tuned ${tunedFile}`)).err).toContain(
      'has settings for no fold, not for fold 0',
    );
  });

  test('people read the command, and how good it was', async () => {
    const { trainFile } = await twoTastes();
    const { out } = await run(`tune --train ${trainFile} ${search} --plain --users 7`);
    expect(out).toMatch(
      /^# ndcg@4 \d\.\d{4} on 7 users held out of the training data, best of \d+ trials\npocketrec evaluate /u,
    );
    expect(out).not.toContain('--activity-discount');
  });
});

test('help and version', async () => {
  expect((await run('--help')).out).toContain('Usage: pocketrec evaluate|tune');
  expect((await run('evaluate --help')).out).toContain('--split-time T');
  expect((await run('tune --help')).out).toContain('never opened');
  expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+$/u);
});
