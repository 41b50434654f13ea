import { describe, expect, it } from 'vitest';
import { interactionMatrix, type Interactions } from '../../../src/data/interactions.ts';
import { InvalidDataError } from '../../../src/errors.ts';

const interactions: Interactions = {
  itemIds: ['a', 'b', 'c'],
  userCount: 2,
  users: Uint32Array.of(1, 0, 1, 1),
  items: Uint32Array.of(2, 1, 0, 2),
  values: Float32Array.of(5, 3, 4, 1),
};

describe('interactionMatrix', () => {
  it('is users × items, in the order of rows; of two entries of one cell the later one counts', () => {
    const matrix = interactionMatrix(interactions);
    expect(matrix).toMatchObject({ rowCount: 2, columnCount: 3 });
    expect([...matrix.rowOffsets]).toEqual([0, 1, 3]);
    expect([...matrix.columns]).toEqual([1, 0, 2]);
    expect([...matrix.values]).toEqual([3, 4, 1]);
  });

  it.each([
    [{ userCount: 1.5 }, 'userCount must be an integer of 0 or more, got 1.5'],
    [{ userCount: -1 }, 'userCount must be an integer of 0 or more, got -1'],
    [{ userCount: 1 }, 'Entry 0 is at row 1, column 2, outside 1 × 3'],
    [{ itemIds: ['a', 'b'] }, 'Entry 0 is at row 1, column 2, outside 2 × 2'],
    [{ users: undefined }, 'users must be a Uint32Array, got undefined'],
    [{ items: [2, -1, 0, 0.5] }, 'items must be a Uint32Array, got 2,-1,0,0.5'],
    [{ values: new Float64Array(4) }, 'values must be a Float32Array, got 0,0,0,0'],
    [{ itemIds: 'abc' }, 'itemIds must be an array of ids, got "abc"'],
    [{ values: Float32Array.of(1) }, 'must have one length, got 4, 4 and 1'],
    [{ values: Float32Array.of(1, 2, Number.NaN, 4) }, 'Entry 2 must be a finite number, got NaN'],
  ])('refuses %j', (change, message) => {
    const changed = { ...interactions, ...change } as Interactions;
    expect(() => interactionMatrix(changed)).toThrow(InvalidDataError);
    expect(() => interactionMatrix(changed)).toThrow(message);
  });
});
