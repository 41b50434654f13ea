import fc from 'fast-check';
import { expect, test } from 'vitest';
import { solverNames } from '../../../src/backends/backend.ts';
import { parseArguments } from '../../../src/cli/arguments.ts';
import {
  defaultFit,
  fitArguments,
  fitArgumentWords,
  type FitSettings,
  parseFitArguments,
} from '../../../src/cli/train/fit-arguments.ts';
import { resolveFitOptions } from '../../../src/model/fit-options.ts';

const read = (words: string[], base?: Parameters<typeof parseFitArguments>[1]) =>
  parseFitArguments(parseArguments(words, fitArguments).values, base);

test('without arguments: the defaults, which are options of fit', () => {
  expect(read([])).toEqual(defaultFit);
  expect(resolveFitOptions(read([])).settings).toMatchObject({ unobservedWeight: 0.3, regularization: 0.003 });
});

test('α₀ is --alpha0, and the weights are one option', () => {
  const words = '--alpha0 2 --value-weight .2 --activity-discount .4 --popularity-discount .1 --solver cg';
  expect(read(words.split(' '))).toEqual({
    ...defaultFit,
    unobservedWeight: 2,
    weights: { valueWeight: 0.2, activityDiscount: 0.4, popularityDiscount: 0.1 },
    solver: 'cg',
  });
});

test('the form of --alpha has its own λ and ν, and takes the place of the other form in what was tuned', () => {
  const { unobservedWeight, ...rest } = defaultFit;
  expect(unobservedWeight).toBe(0.3);
  const ofAlpha = { ...rest, alpha: 5, regularization: 0.01, exponent: 0 };
  expect(read(['--alpha', '5'])).toEqual(ofAlpha);
  expect(read(['--alpha', '5'], { unobservedWeight: 2, regularization: 7, exponent: 0.5 })).toEqual(ofAlpha);
  expect(read(['--alpha0', '2'], { ...ofAlpha, regularization: 7 })).toEqual({ ...defaultFit, unobservedWeight: 2 });
  expect(read(['--factors', '3'], { ...ofAlpha, regularization: 7 })).toMatchObject({ alpha: 5, regularization: 7 });
});

test('arguments win over what was tuned; the rest of it stays', () => {
  const tuned = { factors: 32, weights: { valueWeight: 0.2 }, cgSteps: 5, name: 'films' };
  expect(read(['--factors', '8', '--activity-discount', '.5'], tuned)).toEqual({
    ...defaultFit,
    ...tuned,
    factors: 8,
    weights: { valueWeight: 0.2, activityDiscount: 0.5, popularityDiscount: 0 },
  });
  expect(read(['--value-weight', '0'], tuned)).not.toHaveProperty('weights');
});

test('a command is read as the settings that it was written from', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0); // −0 + 0 is 0
  const weight = fc.double({ min: 1e-9, max: 1, noNaN: true });
  const settings: fc.Arbitrary<FitSettings> = fc
    .record(
      {
        factors: fc.integer({ min: 1, max: 256 }),
        regularization: share,
        exponent: share,
        epochs: fc.integer({ min: 1, max: 1000 }),
        seed: fc.nat(),
        feedback: fc.constant('presence' as const),
        solver: fc.constantFrom(...solverNames),
        weights: fc.record({ valueWeight: weight, activityDiscount: share, popularityDiscount: share }),
      },
      { requiredKeys: ['factors', 'regularization', 'exponent', 'epochs', 'seed', 'feedback'] },
    )
    .chain((rest) =>
      fc.oneof(
        share.map((alpha) => ({ ...rest, alpha })),
        share.map((unobservedWeight) => ({ ...rest, unobservedWeight })),
      ),
    );
  fc.assert(
    fc.property(settings, (given) => {
      expect(read(fitArgumentWords(given))).toEqual(given);
    }),
  );
});
