import { describe, expect, test } from 'vitest';
import {
  foldInEquations,
  historyMatrixEquations,
  implicitWeights,
  rowRegularization,
  trainingEquations,
} from '../../../src/model/row-equations.ts';
import { InvalidDataError } from '../../../src/errors.ts';
import { matrixOf, settingsOf } from '../../support/synthetic.ts';

describe('implicit weights', () => {
  test('alpha: confidence 1 + α s, the unobserved 1 in the Gramian', () => {
    expect(implicitWeights(0.5, 4)).toEqual({ a: 2, b: 3, constant: 3 });
  });

  test('without alpha the strength is the weight', () => {
    expect(implicitWeights(0.5, null)).toEqual({ a: 0.5, b: 0.5, constant: 0.5 });
  });

  test('a dislike weighs on the left only, with either', () => {
    expect(implicitWeights(-0.5, 4)).toEqual({ a: 2, b: 0, constant: 0 });
    expect(implicitWeights(-0.5, null)).toEqual({ a: 0.5, b: 0, constant: 0 });
  });
});

describe('λ of a row', () => {
  test('ν = 0 is plain λ, ν = 1 scales by length and by α₀ times the other side', () => {
    expect(rowRegularization(settingsOf({ regularization: 0.1, exponent: 0 }), 7, 100)).toBe(0.1);
    const full = rowRegularization(settingsOf({ regularization: 0.1, exponent: 1, unobservedWeight: 0.3 }), 7, 100);
    expect(full).toBeCloseTo(0.1 * (7 + 30), 12);
    const half = rowRegularization(settingsOf({ regularization: 0.1, exponent: 0.5, unobservedWeight: 0.3 }), 7, 100);
    expect(half).toBeCloseTo(0.1 * Math.sqrt(37), 12);
  });
});

describe('training equations', () => {
  const cells = [
    [1, null, -0.5],
    [null, 0, 0.25],
  ];

  test('strengths: signs are kept, zeros have no place, both sides hold the same entries', () => {
    const { users, items, constantLoss } = trainingEquations(matrixOf(cells), settingsOf());
    expect([...users.rowOffsets]).toEqual([0, 2, 3]);
    expect([...users.columns]).toEqual([0, 2, 2]);
    expect([...users.a]).toEqual([1, 0.5, 0.25]);
    expect([...users.b]).toEqual([1, 0, 0.25]);
    expect([...items.rowOffsets]).toEqual([0, 1, 1, 3]);
    expect([...items.columns]).toEqual([0, 0, 1]);
    expect([...items.a]).toEqual([1, 0.5, 0.25]);
    expect([...items.b]).toEqual([1, 0, 0.25]);
    expect(constantLoss).toBe(1.25);
    // λ (|I(u)| + α₀ · other side) with λ = 0.01, α₀ = 0.3
    expect(users.regularization[0]).toBeCloseTo(0.01 * (2 + 0.3 * 3), 7);
    expect(items.regularization[1]).toBeCloseTo(0.01 * (0 + 0.3 * 2), 7);
  });

  test('arrays of millions are held once: columns where nothing was dropped, b where it is a', () => {
    const matrix = matrixOf([[1, null, 0.5]]);
    const { users, items } = trainingEquations(matrix, settingsOf());
    expect(users.columns).toBe(matrix.columns);
    expect(users.b).toBe(users.a);
    expect(items.b).toBe(items.a);
    const disliked = matrixOf([[1, 0, -0.5, 1]]);
    const mixed = trainingEquations(disliked, settingsOf()).users;
    expect([...mixed.columns]).toEqual([0, 2, 3]);
    expect([...mixed.a]).toEqual([1, 0.5, 1]);
    expect([...mixed.b]).toEqual([1, 0, 1]);
    expect([...disliked.columns]).toEqual([0, 1, 2, 3]);
    const { users: confident } = trainingEquations(matrix, settingsOf({ alpha: 2, unobservedWeight: 1 }));
    expect([...confident.a]).toEqual([2, 1]);
    expect([...confident.b]).toEqual([3, 2]);
  });

  test('presence: every entry counts 1, whatever its value', () => {
    const { users } = trainingEquations(matrixOf(cells), settingsOf({ feedback: 'presence' }));
    expect([...users.columns]).toEqual([0, 2, 1, 2]);
    expect([...users.b]).toEqual([1, 1, 1, 1]);
  });

  test('stars: 2.5 is silent, less is a dislike', () => {
    const { users } = trainingEquations(matrixOf([[5, 2.5, 0.5]]), settingsOf({ feedback: 'stars' }));
    expect([...users.columns]).toEqual([0, 2]);
    expect(users.a[0]).toBe(1);
    expect(users.a[1]).toBeCloseTo(0.8, 6);
    expect([...users.b]).toEqual([1, 0]);
  });

  test.each([0, 5.5, -1])('%s stars are refused, saying where', (value) => {
    const bad = matrixOf([
      [5, null],
      [4, value],
    ]);
    expect(() => trainingEquations(bad, settingsOf({ feedback: 'stars' }))).toThrow(
      /User row 1, item row 1.*0\.5 to 5/,
    );
    expect(() => trainingEquations(bad, settingsOf({ objective: 'explicit', unobservedWeight: 0 }))).toThrow(
      InvalidDataError,
    );
  });

  test('the history row is weighed by strength, whatever the others are', () => {
    const { users } = trainingEquations(matrixOf([[4, 4, null]]), settingsOf({ feedback: 'presence' }), {
      history: [
        { itemRow: 1, strength: 0.25, stars: null },
        { itemRow: 2, strength: 0, stars: null },
        { itemRow: 0, strength: -0.5, stars: null },
      ],
    });
    expect([...users.columns]).toEqual([0, 1, 0, 1]);
    expect([...users.a]).toEqual([1, 1, 0.5, 0.25]);
    expect([...users.b]).toEqual([1, 1, 0, 0.25]);
  });

  test('explicit: b is what the damped biases leave over', () => {
    // μ = 3.5. Item deviations: (0.5, -0.5) → Σ / (n + 5): item 0: (0.5 + 1.5) / 7, item 1: (-0.5 - 1.5) / 7.
    const explicit = settingsOf({ objective: 'explicit', unobservedWeight: 0, feedback: 'stars', regularization: 0.1 });
    const { users, biases, constantLoss } = trainingEquations(
      matrixOf([
        [4, 3],
        [5, 2],
      ]),
      explicit,
    );
    expect(biases.globalMean).toBe(3.5);
    const [first, second] = [2 / 7, -2 / 7];
    expect(biases.itemBiases[0]).toBeCloseTo(first, 6);
    expect(biases.itemBiases[1]).toBeCloseTo(second, 6);
    // Both users' leftovers cancel, so their own biases are 0.
    const wanted = [0.5 - first, -0.5 - second, 1.5 - first, -1.5 - second];
    for (const [entry, value] of wanted.entries()) expect(users.b[entry]).toBeCloseTo(value, 6);
    expect([...users.a]).toEqual([1, 1, 1, 1]);
    expect(constantLoss).toBeCloseTo(
      wanted.reduce((sum, value) => sum + value * value, 0),
      6,
    );
    expect(users.regularization[0]).toBeCloseTo(0.2, 6);
  });

  test('a matrix without entries', () => {
    const { users, items, constantLoss } = trainingEquations(matrixOf([[null, null]]), settingsOf());
    expect(users.columns.length).toBe(0);
    expect([...items.rowOffsets]).toEqual([0, 0, 0]);
    expect(constantLoss).toBe(0);
  });
});

describe('fold-in equations', () => {
  const model = { globalMean: 0, itemBiases: new Float32Array(3), itemCount: 3, weights: null };

  test('a history gives the row that the same strengths give in training', () => {
    const settings = settingsOf({ alpha: 3, unobservedWeight: 1, exponent: 1 });
    const trained = trainingEquations(matrixOf([[0.5, null, -1]]), settings).users;
    const { equations } = foldInEquations(
      [
        [
          { itemRow: 2, strength: -1, stars: null },
          { itemRow: 0, strength: 0.5, stars: null },
          { itemRow: 1, strength: 0, stars: null },
        ],
      ],
      { ...model, settings },
    );
    expect(equations).toEqual(trained);
  });

  test('explicit: stars, with the same damped bias as in training', () => {
    const settings = settingsOf({ objective: 'explicit', unobservedWeight: 0, feedback: 'stars' });
    const { users, biases } = trainingEquations(
      matrixOf([
        [4, 3, 5],
        [5, 5, null],
      ]),
      settings,
    );
    const { equations, userBiases } = foldInEquations(
      [
        [
          { itemRow: 0, strength: 1, stars: 5 },
          { itemRow: 1, strength: 1, stars: 5 },
          { itemRow: 2, strength: 0, stars: null },
        ],
      ],
      { ...model, ...biases, settings },
    );
    expect([...equations.columns]).toEqual([0, 1]);
    expect([...equations.b]).toEqual([...users.b.subarray(3, 5)]);
    expect(equations.regularization[0]).toBe(users.regularization[1]);
    expect(userBiases[0]).toBeGreaterThan(0);
  });

  test.each([
    ['presence', settingsOf({ feedback: 'presence', unobservedWeight: 0.3 })],
    ['strength, with alpha', settingsOf({ feedback: 'strength', alpha: 3, unobservedWeight: 1 })],
    ['explicit', settingsOf({ objective: 'explicit', unobservedWeight: 0, feedback: 'stars' })],
  ])('a whole matrix of histories gives what each history gives: %s', (_what, settings) => {
    const values = [
      [4, 3, 5],
      [null, null, null],
      [5, null, 0.5],
    ];
    const { biases } = trainingEquations(matrixOf(values), settings);
    const histories = values.map((row) =>
      row.flatMap((value, itemRow) =>
        value === null ? [] : [{ itemRow, strength: settings.feedback === 'presence' ? 1 : value, stars: value }],
      ),
    );
    const { equations } = foldInEquations(histories, { ...model, ...biases, settings });
    expect(historyMatrixEquations(matrixOf(values), { ...biases, settings, weights: null })).toEqual(equations);
  });

  test('a matrix of histories with stars out of range', () => {
    const settings = settingsOf({ objective: 'explicit', unobservedWeight: 0, feedback: 'stars' });
    expect(() => historyMatrixEquations(matrixOf([[6, 1, 1]]), { ...model, settings })).toThrow(
      'User row 0, item row 0: stars must be from 0.5 to 5, got 6',
    );
  });

  test('no histories, and an empty one', () => {
    expect(foldInEquations([], { ...model, settings: settingsOf() }).equations.rowCount).toBe(0);
    const { equations } = foldInEquations([[]], { ...model, settings: settingsOf() });
    expect([...equations.rowOffsets]).toEqual([0, 0]);
  });
});
