import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveFitOptions } from '../../../src/model/fit-options.ts';
import type { TuneReport } from '../../../src/cli/tune/tune-command.ts';
import { fileOf, report, run, small, twoTastes, withoutSeconds } from '../../support/command-line.ts';

describe('tune', () => {
  const search = '--factors 2,4 --trials 3 --epochs 4 --metric ndcg@4';

  test('never opens the test file: one that does not exist stands in the command', async () => {
    const { trainFile } = await twoTastes();
    const missing = path.join(path.dirname(trainFile), 'does-not-exist.csv');
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
    // What is printed are options of fit, in its own shape.
    expect(resolveFitOptions(settings)).toMatchObject({
      factors: settings.factors,
      epochs: 4,
      settings: { unobservedWeight: settings.unobservedWeight, regularization: settings.regularization },
    });
    expect(score).toBe(Math.max(...trials.filter(({ epochs }) => epochs === 4).map((trial) => trial.score)));
    expect(trials.some((trial) => trial.activityDiscount > 0)).toBe(true);
    const tunedFile = await fileOf('tuned.json', [JSON.stringify(found)]);
    const byFile = await report(
      `evaluate --train ${trainFile} --test ${testFile} --tuned ${tunedFile} --metrics ndcg@4`,
    );
    expect(byFile.settings).toMatchObject({
      factors: settings.factors,
      unobservedWeight: settings.unobservedWeight,
      epochs: 4,
    });
    const byCommand = await report(command.replace('pocketrec ', ''));
    expect(byCommand.metrics).toEqual(byFile.metrics);
    const overridden = await report(
      `evaluate --train ${trainFile} --test ${testFile} --tuned ${tunedFile} --factors 1`,
    );
    expect(overridden.settings).toMatchObject({ factors: 1, unobservedWeight: settings.unobservedWeight });
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
  expect((await run('--help')).out).toContain('Usage: pocketrec evaluate|tune|train');
  expect((await run('evaluate --help')).out).toContain('--split-time T');
  expect((await run('tune --help')).out).toContain('never opened');
  expect((await run('train --help')).out).toContain('--out FOLDER');
  expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+$/u);
});
