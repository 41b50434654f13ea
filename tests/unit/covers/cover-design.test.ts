import { describe, expect, it } from 'vitest';
import { contrastRatio, coverDesign, coverEras, eraOf } from '../../../src/covers/cover-design.ts';
import { coverPicture } from '../../../src/covers/cover-motifs.ts';
import { type CoverGenre, coverGenres, tellingGenres } from '../../../src/covers/cover-palettes.ts';
import { seededRandom } from '../../../src/covers/seeded-random.ts';
import type { Film } from '../../../src/demo/film.ts';

const film = (id: string, facts: Partial<Film> = {}): Film => ({
  id,
  title: 'A Film',
  alternativeTitles: [],
  year: 1994,
  genres: ['Drama'],
  ...facts,
});
const genres = Object.keys(coverGenres) as CoverGenre[];

describe('coverDesign', () => {
  it('gives the same film the same cover', () => {
    expect(coverDesign(film('12'))).toEqual(coverDesign(film('12')));
  });

  it('gives most films of one genre and year covers of their own', () => {
    const drawn = Array.from({ length: 60 }, (_, id) => JSON.stringify(coverDesign(film(String(id))).shapes));
    expect(new Set(drawn).size).toBeGreaterThan(50);
  });

  it.each(genres)('letters stand out from the ground, and shapes can be seen: %s', (genre) => {
    for (const { ground, shade, accent, ink } of coverGenres[genre]) {
      expect(contrastRatio(ink, ground)).toBeGreaterThanOrEqual(4.5);
      expect(contrastRatio(accent, ground)).toBeGreaterThan(1.4);
      expect(contrastRatio(shade, ground)).toBeGreaterThan(1.1);
    }
  });

  it.each(genres)('draws finite paths for %s', (genre) => {
    for (let seed = 0; seed < 40; seed++) {
      const shapes = coverPicture(genre, seededRandom(`${seed}`));
      expect(shapes.length).toBeGreaterThan(1);
      for (const { path } of shapes) {
        expect(path).toMatch(/^M/u);
        expect(path).not.toMatch(/NaN|undefined|Infinity/u);
      }
    }
  });

  it('draws the most telling genre, whatever the order of the list', () => {
    expect(tellingGenres(['Drama', 'Western'])).toEqual(['Western', 'Drama']);
    expect(tellingGenres(['(no genres listed)'])).toEqual(['']);
    expect(tellingGenres([])).toEqual(['']);
  });

  it('sets long titles smaller, and one long word within the width', () => {
    const sizeOf = (title: string) => coverDesign(film('1', { title })).titleSize;
    expect(sizeOf('Heat')).toBeGreaterThan(sizeOf('The Discreet Charm of the Bourgeoisie'));
    expect(sizeOf('Koyaanisqatsi')).toBeLessThan(sizeOf('Heat'));
    // Thirteen capitals of 0.71 em must fit 85 hundredths of the width.
    expect(sizeOf('Koyaanisqatsi') * 0.71 * 12).toBeLessThanOrEqual(85);
    expect(sizeOf('Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft')).toBe(6.5);
  });

  it('names every era, each by its years', () => {
    const found = [1915, 1942, 1958, 1972, 1985, 1999, 2004, 2015].map(eraOf);
    expect(found).toEqual([...coverEras]);
    expect(eraOf(null)).toBe('recent');
  });

  it('takes the subtitle apart', () => {
    const { title, subtitle } = coverDesign(film('1', { title: 'Star Wars: Episode IV - A New Hope' }));
    expect({ title, subtitle }).toEqual({ title: 'Star Wars', subtitle: 'Episode IV - A New Hope' });
  });
});

describe('contrastRatio', () => {
  it('is 21 for black on white, 1 for a colour on itself, whatever the order', () => {
    expect(contrastRatio('#000000', '#ffffff')).toBeCloseTo(21, 10);
    expect(contrastRatio('#ffffff', '#000000')).toBeCloseTo(21, 10);
    expect(contrastRatio('#b23a12', '#b23a12')).toBe(1);
  });
});

describe('seededRandom', () => {
  it('repeats itself, stays in [0, 1) and is spread evenly', () => {
    const random = seededRandom('seed');
    const numbers = Array.from({ length: 4_000 }, random);
    const again = seededRandom('seed');
    expect(numbers.slice(0, 10)).toEqual(Array.from({ length: 10 }, again));
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    // Standard error of the mean of 4,000 even numbers: 0.0046; four of them.
    expect(Math.abs(numbers.reduce((sum, number) => sum + number, 0) / numbers.length - 0.5)).toBeLessThan(0.0185);
  });
});
