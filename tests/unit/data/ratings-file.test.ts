import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRatings, encodeRatings, type Ratings } from '../../../src/data/movielens/ratings-file.ts';
import { InvalidDataError } from '../../../src/errors.ts';

const small: Ratings = {
  userIds: Uint32Array.of(0, 7, 0xffff_ffff),
  filmCount: 300,
  users: Uint32Array.of(0, 0, 1, 2, 2),
  films: Uint32Array.of(299, 0, 128, 5, 4),
  stars: Float32Array.of(0.5, 5, 3.5, 1, 4.5),
  times: Uint32Array.of(10, 10, 0, 5, 0xffff_ffff),
};

/** The small file with some bytes replaced. */
function altered(offset: number, bytes: readonly number[]): Uint8Array {
  const file = encodeRatings(small);
  file.set(bytes, offset);
  return file;
}

describe('ratings.bin', () => {
  test('the documented bytes, one by one', () => {
    const file = encodeRatings({
      userIds: Uint32Array.of(3, 5),
      filmCount: 200,
      users: Uint32Array.of(0, 0, 1),
      films: Uint32Array.of(130, 2, 0),
      stars: Float32Array.of(2.5, 5, 0.5),
      times: Uint32Array.of(300, 301, 1),
    });
    const header = [0x50, 0x52, 0x52, 0x54, 1, 0, 0, 0, 2, 0, 0, 0, 200, 0, 0, 0, 3, 0, 0, 0];
    const [users, times, films, stars] = [
      [3, 2, 2, 1],
      [0xac, 2, 1, 1],
      [0x82, 1, 2, 0],
      [5, 10, 1],
    ];
    expect([...file]).toEqual([...header, ...users, ...times, ...films, ...stars]);
  });

  test('largest and smallest values survive', () => {
    expect(decodeRatings(encodeRatings(small))).toEqual(small);
  });

  test('no ratings at all', () => {
    const none: Ratings = {
      userIds: new Uint32Array(0),
      filmCount: 3,
      users: new Uint32Array(0),
      films: new Uint32Array(0),
      stars: new Float32Array(0),
      times: new Uint32Array(0),
    };
    expect(decodeRatings(encodeRatings(none))).toEqual(none);
  });

  test('any ratings survive', () => {
    const rating = fc.record({
      user: fc.nat({ max: 9 }),
      film: fc.nat({ max: 20_000 }),
      half: fc.integer({ min: 1, max: 10 }),
      time: fc.nat({ max: 0xffff_ffff }),
    });
    fc.assert(
      fc.property(fc.array(rating, { maxLength: 50 }), (list) => {
        const sorted = [...list].sort((left, right) => left.user - right.user || left.time - right.time);
        const present = [...new Set(sorted.map(({ user }) => user))];
        const ratings: Ratings = {
          userIds: Uint32Array.from(present, (user) => user * 1000),
          filmCount: 20_001,
          users: Uint32Array.from(sorted, ({ user }) => present.indexOf(user)),
          films: Uint32Array.from(sorted, ({ film }) => film),
          stars: Float32Array.from(sorted, ({ half }) => half / 2),
          times: Uint32Array.from(sorted, ({ time }) => time),
        };
        expect(decodeRatings(encodeRatings(ratings))).toEqual(ratings);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  test('a file cut anywhere is refused', () => {
    const file = encodeRatings(small);
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeRatings(file.subarray(0, length)), `${length} bytes`).toThrow(InvalidDataError);
    }
  });

  test('bytes after the end are refused', () => {
    const file = encodeRatings(small);
    expect(() => decodeRatings(Uint8Array.of(...file, 0))).toThrow('1 bytes after its last rating');
  });

  // Bytes 20–29 are the users: (0, 2), (7, 1), (0xfffffff8 in 5 bytes, 2).
  test.each([
    ['other letters', 0, [0x51], 'must begin with "PRRT", got "QRRT"'],
    ['another version', 4, [2], 'format version 2'],
    ['more ratings than bytes', 16, [0, 0, 0, 0x7f], 'truncated'],
    ['more users than bytes', 8, [0, 0, 0, 0x7f], 'truncated'],
    ['a user without ratings', 21, [0], 'user 0 has 0 ratings'],
    ['a user with more ratings than are left', 21, [6], 'user 0 has 6 ratings where 1 to 5 are left'],
    ['users with fewer ratings than the header says', 21, [1], 'the users have 4 ratings where the header says 5'],
    ['a user id that does not ascend', 22, [0], 'user ids must ascend'],
    ['a user id above 2³²', 22, [8], 'user ids must ascend below 2³², got 4294967296'],
    ['a number in more bytes than it needs', 24, [0x81, 0], 'more bytes than it needs'],
    ['a number of six bytes', 24, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 'not below 2³²'],
    ['a film outside the catalogue', 12, [0x2b, 1], 'film row 299 of rating 0 is outside the catalogue'],
  ])('%s', (_what, offset, bytes, message) => {
    expect(() => decodeRatings(altered(offset, bytes))).toThrow(InvalidDataError);
    expect(() => decodeRatings(altered(offset, bytes))).toThrow(message);
  });

  test.each([0, 11, 255])('%d half stars', (halfStars) => {
    const { length } = encodeRatings(small);
    expect(() => decodeRatings(altered(length - 1, [halfStars]))).toThrow(
      `rating 4 must be 1–10 half stars, got ${halfStars}`,
    );
  });

  test('a time above 2³²', () => {
    const file = encodeRatings({ ...small, times: Uint32Array.of(0xffff_ffff, 0xffff_ffff, 0, 5, 6) });
    const lastStep = file.indexOf(0, 35); // the step of 0 from the first to the second rating
    file[lastStep] = 1;
    expect(() => decodeRatings(file)).toThrow('time 4294967296 of rating 1');
  });

  test.each([
    ['columns of different lengths', { times: new Uint32Array(4) }, 'must have one length'],
    ['a film outside the catalogue', { filmCount: 299 }, 'film row 299'],
    ['a user outside the list', { userIds: Uint32Array.of(0, 7) }, 'user row 2'],
    ['user ids that do not ascend', { userIds: Uint32Array.of(0, 0, 1) }, 'User ids must ascend'],
    ['a user without ratings', { userIds: Uint32Array.of(0, 7, 8, 9) }, 'User 9 has no rating'],
    ['users out of order', { users: Uint32Array.of(0, 1, 0, 2, 2) }, 'Rating 2 is out of order'],
    ['times out of order', { times: Uint32Array.of(10, 9, 0, 5, 6) }, 'Rating 1 is out of order'],
    ['stars that are no half stars', { stars: Float32Array.of(0.5, 5, 3.7, 1, 4.5) }, 'Rating 2 must be 0.5–5'],
    ['stars out of range', { stars: Float32Array.of(0.5, 5.5, 3.5, 1, 4.5) }, 'Rating 1 must be 0.5–5'],
    ['stars that are NaN', { stars: Float32Array.of(Number.NaN, 5, 3.5, 1, 4.5) }, 'Rating 0 must be 0.5–5'],
  ])('does not write %s', (_what, change, message) => {
    expect(() => encodeRatings({ ...small, ...change })).toThrow(InvalidDataError);
    expect(() => encodeRatings({ ...small, ...change })).toThrow(message);
  });
});
