import { describe, expect, it } from 'vitest';
import { InvalidOptionError } from '../../src/errors.ts';
import { requireKnownOptions } from '../../src/known-options.ts';

const known = ['count', 'epochs', 'ignoreHistory', 'factors'];

function refusal(options: object): string {
  try {
    requireKnownOptions('fit', options, known);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('requireKnownOptions', () => {
  it('takes every known option, whatever its value, and none at all', () => {
    requireKnownOptions('fit', {}, known);
    requireKnownOptions('fit', { count: 1, epochs: undefined, ignoreHistory: null, factors: 'many' }, known);
  });

  it('names the unknown option, the call and all options', () => {
    expect(refusal({ count: 1, iterations: 3 })).toBe(
      "Unknown option 'iterations' of fit. It takes count, epochs, ignoreHistory, factors.",
    );
  });

  it.each([
    ['epoch', 'epochs'],
    ['epcohs', 'epochs'],
    ['cuont', 'count'],
    ['ignorehistory', 'ignoreHistory'],
    ['ignorHistry', 'ignoreHistory'],
    ['Factors', 'factors'],
  ])('asks whether %s means %s', (typo, meant) => {
    expect(refusal({ [typo]: 1 })).toContain(`Unknown option '${typo}' of fit; did you mean '${meant}'? It takes`);
  });

  it.each(['without', 'x', '', 'history of the visitor'])('makes no guess for %j', (name) => {
    expect(refusal({ [name]: 1 })).not.toContain('did you mean');
  });

  it('refuses an option that is given as undefined: the name is wrong all the same', () => {
    expect(refusal({ epoch: undefined })).toContain("Unknown option 'epoch'");
  });

  it('refuses what is no object', () => {
    expect(refusal(null as unknown as object)).toBe('The options of fit must be an object, got null.');
    expect(refusal('fast' as unknown as object)).toBe('The options of fit must be an object, got "fast".');
  });
});
