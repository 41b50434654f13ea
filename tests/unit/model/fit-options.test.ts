import { describe, expect, test } from 'vitest';
import { type FitOptions, resolveFitOptions } from '../../../src/model/fit-options.ts';
import { InvalidOptionError } from '../../../src/errors.ts';

describe('defaults', () => {
  test('implicit, as Rendle et al. weigh', () => {
    expect(resolveFitOptions()).toEqual({
      settings: {
        objective: 'implicit',
        feedback: 'presence',
        alpha: null,
        unobservedWeight: 1,
        regularization: 0.001,
        exponent: 1,
      },
      weights: null,
      factors: 64,
      epochs: 12,
      solve: { solver: 'auto', cgSteps: 3 },
      seed: 1,
      name: '',
    });
  });

  test('alpha: the unobserved weigh 1, λ is plain', () => {
    const { settings } = resolveFitOptions({ alpha: 40 });
    expect(settings).toMatchObject({ alpha: 40, unobservedWeight: 1, regularization: 0.01, exponent: 0 });
  });

  test('explicit: stars, no unobserved cells', () => {
    const { settings } = resolveFitOptions({ objective: 'explicit' });
    expect(settings).toMatchObject({ feedback: 'stars', unobservedWeight: 0, regularization: 0.05, exponent: 1 });
  });

  test.each([
    ['auto', 3],
    ['ew-pcg', 2],
    ['cg', 3],
  ] as const)('steps of %s', (solver, cgSteps) => {
    expect(resolveFitOptions({ solver }).solve).toEqual({ solver, cgSteps });
    expect(resolveFitOptions({ solver, cgSteps: 5 }).solve).toEqual({ solver, cgSteps: 5 });
  });

  test('every option goes through', () => {
    const options: FitOptions = {
      feedback: 'strength',
      factors: 7,
      epochs: 3,
      regularization: 0,
      unobservedWeight: 0.25,
      exponent: 0.5,
      solver: 'cholesky',
      cgSteps: 5,
      seed: 2 ** 32 - 1,
      name: 'films',
    };
    expect(resolveFitOptions(options)).toEqual({
      settings: {
        objective: 'implicit',
        feedback: 'strength',
        alpha: null,
        unobservedWeight: 0.25,
        regularization: 0,
        exponent: 0.5,
      },
      weights: null,
      factors: 7,
      epochs: 3,
      solve: { solver: 'cholesky', cgSteps: 5 },
      seed: 2 ** 32 - 1,
      name: 'films',
    });
  });
});

describe('weights', () => {
  test('what is left out is 0', () => {
    expect(resolveFitOptions({ weights: { activityDiscount: 0.3 } })).toMatchObject({
      settings: { feedback: 'presence' },
      weights: { valueWeight: 0, activityDiscount: 0.3, popularityDiscount: 0 },
    });
  });

  test('all 0 are none', () => {
    expect(resolveFitOptions({ weights: {} }).weights).toBeNull();
    expect(resolveFitOptions({ weights: { valueWeight: 0 } }).weights).toBeNull();
  });
});

describe('bad options are named, with what they were and their range', () => {
  const bad: [Record<string, unknown>, RegExp][] = [
    [{ factors: 0 }, /factors must be an integer from 1 to 256, got 0/],
    [{ factors: 1000 }, /factors .* got 1000/],
    [{ factors: 1.5 }, /factors .* got 1\.5/],
    [{ factors: '64' }, /factors .* got "64"/],
    [{ factors: Number.NaN }, /factors .* got NaN/],
    [{ epochs: 0 }, /epochs must be an integer from 1 to 1000, got 0/],
    [{ epochs: 1001 }, /epochs/],
    [{ regularization: -0.1 }, /regularization must be a number from 0 .*got -0\.1/],
    [{ regularization: Number.NaN }, /regularization .*got NaN/],
    [{ regularization: Number.POSITIVE_INFINITY }, /regularization .*got Infinity/],
    [{ alpha: -1 }, /alpha .*got -1/],
    [{ alpha: Number.NaN }, /alpha .*got NaN/],
    [{ unobservedWeight: -1 }, /unobservedWeight .*got -1/],
    [{ unobservedWeight: null }, /unobservedWeight .*got null/],
    [{ alpha: 1, unobservedWeight: 1 }, /Give alpha or unobservedWeight, not both.*got 1 and 1/],
    [{ objective: 'explicit', alpha: 1 }, /alpha belongs to the implicit objective/],
    [{ objective: 'explicit', unobservedWeight: 1 }, /unobservedWeight belongs to the implicit objective/],
    [{ objective: 'explicit', feedback: 'presence' }, /feedback must be 'stars' with the explicit objective/],
    [{ objective: 'bpr' }, /objective must be 'implicit' or 'explicit', got "bpr"/],
    [{ feedback: 'clicks' }, /feedback must be .*got "clicks"/],
    [{ exponent: 1.1 }, /exponent must be a number from 0 to 1, got 1\.1/],
    [{ exponent: -0.1 }, /exponent/],
    [{ solver: 'lu' }, /solver must be 'auto' or 'ew-pcg' or 'cg' or 'cholesky', got "lu"/],
    [{ cgSteps: 0 }, /cgSteps must be an integer from 1 to 64, got 0/],
    [{ cgSteps: 65 }, /cgSteps/],
    [{ seed: -1 }, /seed must be an integer from 0 to 4294967295, got -1/],
    [{ seed: 2 ** 32 }, /seed/],
    [{ seed: 0.5 }, /seed/],
    [{ name: 5 }, /name must be a string, got 5/],
    [{ weights: 1 }, /The options of weights must be an object, got 1/],
    [{ weights: { valueWeight: 11 } }, /valueWeight must be a number from 0 to 10, got 11/],
    [{ weights: { activityDiscount: -0.1 } }, /activityDiscount must be a number from 0 to 1, got -0\.1/],
    [{ weights: { popularityDiscount: '1' } }, /popularityDiscount must be a number from 0 to 1, got "1"/],
    [{ weights: { popularDiscount: 1 } }, /Unknown option 'popularDiscount' of weights; .* 'popularityDiscount'/],
    [{ weights: {}, feedback: 'strength' }, /weights make the strengths themselves.* got 'strength'/],
    [{ weights: {}, objective: 'explicit' }, /weights belong to the implicit objective/],
    [{ iterations: 5 }, /Unknown option 'iterations' of fit\. It takes objective, .*epochs/],
    [{ epoch: 5 }, /Unknown option 'epoch' of fit; did you mean 'epochs'\?/],
    [{ rank: undefined }, /Unknown option 'rank' of fit/],
  ];
  test.each(bad)('%j', (options, message) => {
    expect(() => resolveFitOptions(options as FitOptions)).toThrow(InvalidOptionError);
    expect(() => resolveFitOptions(options as FitOptions)).toThrow(message);
  });
});
