import { describe, expect, test } from 'vitest';
import { fileOf, report, run, small, twoTastes, withoutSeconds } from '../../support/command-line.ts';

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
      unobservedWeight: 0.3,
      regularization: 0.003,
      exponent: 1,
      epochs: 4,
      seed: 1,
      feedback: 'presence',
      solver: expect.any(String),
      cgSteps: expect.any(Number),
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
    const args = `--test ${testFile} --factors 2 --epochs 1 --metrics ndcg@3`;
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
    const base = `evaluate --train ${trainFile} --test ${testFile} --epochs 1 --metrics map@10`;
    const figure = async (more: string) => (await report(`${base} ${more}`)).metrics['map@10'];
    const standard = await figure('--factors 6');
    for (const more of [
      '--factors 2',
      '--factors 6 --epochs 2',
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
    const args = `evaluate --train ${file} --factors 1 --epochs 1 --metrics recall@1`;
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
    const other = await report(`${args} --fold-count 4 --held-out .25 --split-seed 4 --factors 1 --epochs 1`);
    expect(other.metrics).not.toEqual(found.metrics);
    expect((await report(`${args} --folds 1`)).users).toBe(8);

    const numbered = await fileOf('numbered.csv', ['1,10', '1,11', '2,10', '2,11', '2,12', '3,10', '3,12']);
    const split = await fileOf('split.csv', ['userId,fold,targets', '1,0,11', '2,1,11 12', '3,1,10']);
    const fixed = await report(
      `evaluate --train ${numbered} --protocol strong --split ${split} --factors 1 --epochs 1 --metrics hit@1`,
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
      `evaluate --train ${train} --test ${test} --min-value 4 --factors 1 --epochs 1 --metrics hit@1`,
    );
    expect(found.data).toMatchObject({
      belowMinimum: 2,
      training: { rows: 4 },
      test: { rows: 2 },
      targets: 2,
    });
    const byTime = await fileOf('stars-times', ['a,x,5,1', 'b,y,5,1', 'a,y,1,2', 'a,y,5,3', 'b,x,4,3']);
    const split = await report(
      `evaluate --train ${byTime} --split-time 3 --min-value 4 --factors 1 --epochs 1 --metrics hit@1`,
    );
    expect(split.data).toMatchObject({ belowMinimum: 1, training: { rows: 2 }, test: { rows: 2 } });
  });

  test('the checkout’s own data, without a file', async () => {
    const found = await report(
      'evaluate --protocol strong --folds 2 --factors 2 --epochs 1 --metrics recall-capped@20',
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
    ['evaluate --train FILE --test FILE --tuned .', '. is a folder; name a file in it', 1],
    ['evaluate --train FILE --test FILE --tuned FILE', 'is not what pocketrec tune --json prints', 1],
    ['tune', '--train must name a file', 2],
    ['tune --train FILE --metric ndcg@1,ndcg@2', '--metric must be one metric', 2],
    ['tune --train FILE --factors 0', '--factors must be whole numbers from 1 to 256, got 0', 2],
    ['tune --train FILE --exponents 2', '--exponents must be a number from 0 to 1', 2],
    ['tune --train FILE --alpha0 1', "Unknown option '--alpha0'", 2],
    ['serve', 'There is no command "serve"', 2],
  ])('%s: %s', async (args, message, status) => {
    const file = await fileOf('few.csv', ['a,x,1,10', 'a,y,1,20', 'b,x,1,30']);
    const found = await run(args.replaceAll('FILE', file));
    expect(args === '' ? found.out : found.err).toContain(args === '' ? 'Usage: pocketrec' : message);
    expect(found.status).toBe(status);
  });
});
