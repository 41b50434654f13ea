/**
 * `ratings.bin`: ratings in columns, sorted by user, then by time (then by film).
 *
 *     offset  bytes   what
 *          0      4   the letters `PRRT`
 *          4      4   format version, 1                       (uint32, little-endian, as the next three)
 *          8      4   number of users
 *         12      4   number of films in the catalogue
 *         16      4   number of ratings
 *         20      …   for each user: id, as the difference from the previous id (the first from 0); then the number of
 *                     the user's ratings, at least 1          (varints)
 *          …      …   for each rating: seconds since 1970 (UTC), as the difference from the user's previous rating
 *                     (the first from 0)                      (varint)
 *          …      …   for each rating: the film's row in the catalogue                                  (varint)
 *          …      …   for each rating: half stars, 1–10                                                 (one byte)
 *
 * A varint holds seven bits per byte, lowest first, with the top bit set in all bytes except the last (unsigned
 * LEB128). Numbers are below 2³² and take as few bytes as possible. The file ends with the last rating.
 */

import { InvalidDataError } from '../../errors.ts';

const magic = 'PRRT';
const formatVersion = 1;
const headerByteLength = 20;

/** Ratings in columns: entry `n` of every column belongs to rating `n`. */
export interface Ratings {
  /** The ids of the users, ascending and unique; a user's row is the index in this array. */
  readonly userIds: Uint32Array;
  /** The number of films in the catalogue. */
  readonly filmCount: number;
  /** User rows, ascending. */
  readonly users: Uint32Array;
  /** Film rows in the catalogue, each < `filmCount`. */
  readonly films: Uint32Array;
  /** 0.5–5 in steps of 0.5. */
  readonly stars: Float32Array;
  /** Seconds since 1970 (UTC); ascending within a user. */
  readonly times: Uint32Array;
}

/**
 * Writes ratings, which must be in the order of the file.
 *
 * @throws {InvalidDataError} columns have different lengths, the format cannot hold a value, or the order is wrong
 */
export function encodeRatings(ratings: Ratings): Uint8Array<ArrayBuffer> {
  const { userIds, filmCount, users, films, stars, times } = ratings;
  if (films.length !== users.length || stars.length !== users.length || times.length !== users.length) {
    throw new InvalidDataError(
      `users, films, stars and times must have one length, got ${users.length}, ${films.length}, ${stars.length} and ${times.length}.`,
    );
  }
  const counts = new Uint32Array(userIds.length);
  for (let entry = 0; entry < users.length; entry++) {
    const user = users[entry]!;
    const sameUser = entry > 0 && user === users[entry - 1];
    if (user >= userIds.length || films[entry]! >= filmCount) {
      throw new InvalidDataError(
        `Rating ${entry} is of user row ${user} and film row ${films[entry]}, outside ${userIds.length} × ${filmCount}.`,
      );
    }
    if (entry > 0 && (user < users[entry - 1]! || (sameUser && times[entry]! < times[entry - 1]!))) {
      throw new InvalidDataError(`Rating ${entry} is out of order; sort by user, then by time.`);
    }
    if (!Number.isInteger(stars[entry]! * 2) || stars[entry]! < 0.5 || stars[entry]! > 5) {
      throw new InvalidDataError(`Rating ${entry} must be 0.5–5 in steps of 0.5, got ${stars[entry]}.`);
    }
    counts[user]!++;
  }

  const bytes = new ByteWriter(headerByteLength + userIds.length * 10 + users.length * 11);
  for (const letter of magic) bytes.byte(letter.charCodeAt(0));
  for (const field of [formatVersion, userIds.length, filmCount, users.length]) bytes.uint32(field);
  for (let user = 0; user < userIds.length; user++) {
    const before = user === 0 ? -1 : userIds[user - 1]!;
    if (userIds[user]! <= before)
      throw new InvalidDataError(`User ids must ascend, got ${userIds[user]} after ${before}.`);
    if (counts[user] === 0) throw new InvalidDataError(`User ${userIds[user]} has no rating; leave the user out.`);
    bytes.varint(userIds[user]! - Math.max(before, 0));
    bytes.varint(counts[user]!);
  }
  for (let entry = 0; entry < users.length; entry++) {
    const sameUser = entry > 0 && users[entry] === users[entry - 1];
    bytes.varint(times[entry]! - (sameUser ? times[entry - 1]! : 0));
  }
  for (const film of films) bytes.varint(film);
  for (const value of stars) bytes.byte(value * 2);
  return bytes.written();
}

/**
 * Reads `ratings.bin`.
 *
 * @throws {InvalidDataError} the file has another format or version, is truncated, has extra bytes, or contains a value
 *   out of range, in which case the message names the byte
 */
export function decodeRatings(bytes: Uint8Array): Ratings {
  if (bytes.length < headerByteLength) {
    throw new InvalidDataError(`ratings.bin has ${bytes.length} bytes; its header alone has ${headerByteLength}.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const letters = String.fromCharCode(...bytes.subarray(0, 4));
  if (letters !== magic) {
    throw new InvalidDataError(`ratings.bin must begin with ${JSON.stringify(magic)}, got ${JSON.stringify(letters)}.`);
  }
  const version = view.getUint32(4, true);
  if (version !== formatVersion) {
    throw new InvalidDataError(
      `ratings.bin has format version ${version}; this reader knows version ${formatVersion}.`,
    );
  }
  const userCount = view.getUint32(8, true);
  const filmCount = view.getUint32(12, true);
  const ratingCount = view.getUint32(16, true);
  // Checked before anything is allocated: a user takes at least two bytes, a rating at least three.
  if (userCount * 2 + ratingCount * 3 > bytes.length - headerByteLength) {
    throw new InvalidDataError(
      `ratings.bin is truncated: ${userCount} users and ${ratingCount} ratings do not fit its ${bytes.length} bytes.`,
    );
  }

  const reader = new ByteReader(bytes, headerByteLength);
  const userIds = new Uint32Array(userCount);
  const users = new Uint32Array(ratingCount);
  let entryCount = 0;
  let id = 0;
  for (let user = 0; user < userCount; user++) {
    const step = reader.varint();
    id += step;
    if ((step === 0 && user > 0) || id > 0xffff_ffff) reader.fail(`user ids must ascend below 2³², got ${id}`);
    userIds[user] = id;
    const count = reader.varint();
    if (count === 0 || entryCount + count > ratingCount) {
      reader.fail(`user ${id} has ${count} ratings where 1 to ${ratingCount - entryCount} are left`);
    }
    users.fill(user, entryCount, entryCount + count);
    entryCount += count;
  }
  if (entryCount !== ratingCount)
    reader.fail(`the users have ${entryCount} ratings where the header says ${ratingCount}`);

  const times = new Uint32Array(ratingCount);
  let time = 0;
  for (let entry = 0; entry < ratingCount; entry++) {
    if (entry > 0 && users[entry] !== users[entry - 1]) time = 0;
    time += reader.varint();
    if (time > 0xffff_ffff) reader.fail(`time ${time} of rating ${entry} is not below 2³² seconds`);
    times[entry] = time;
  }
  const films = new Uint32Array(ratingCount);
  for (let entry = 0; entry < ratingCount; entry++) {
    const film = reader.varint();
    if (film >= filmCount)
      reader.fail(`film row ${film} of rating ${entry} is outside the catalogue's ${filmCount} films`);
    films[entry] = film;
  }
  const stars = new Float32Array(ratingCount);
  for (let entry = 0; entry < ratingCount; entry++) {
    const halfStars = reader.byte();
    if (halfStars < 1 || halfStars > 10) reader.fail(`rating ${entry} must be 1–10 half stars, got ${halfStars}`);
    stars[entry] = halfStars / 2;
  }
  reader.end();
  return { userIds, filmCount, users, films, stars, times };
}

class ByteWriter {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #position = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  byte(value: number): void {
    this.#bytes[this.#position++] = value;
  }

  uint32(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.byte((value >>> shift) & 0xff);
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#position);
  }
}

class ByteReader {
  readonly #bytes: Uint8Array;
  #position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  byte(): number {
    const value = this.#bytes[this.#position];
    if (value === undefined) {
      throw new InvalidDataError(`ratings.bin is truncated: it ends at byte ${this.#bytes.length}, within its data.`);
    }
    this.#position++;
    return value;
  }

  varint(): number {
    let value = 0;
    for (let place = 0; place < 5; place++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * place);
      if (byte < 0x80) {
        if (byte === 0 && place > 0) this.fail('a number is written with more bytes than it needs');
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    return this.fail('a number is not below 2³²');
  }

  end(): void {
    if (this.#position !== this.#bytes.length) {
      throw new InvalidDataError(
        `ratings.bin has ${this.#bytes.length - this.#position} bytes after its last rating; nothing may follow it.`,
      );
    }
  }

  fail(what: string): never {
    throw new InvalidDataError(`ratings.bin is damaged before byte ${this.#position}: ${what}.`);
  }
}
