import { beforeAll, describe, expect, it } from 'vitest';
import type { Film } from '../../../src/demo/film.ts';
import { FilmSearch } from '../../../src/demo/film-search.ts';

const film = (id: string, title: string, year: number | null, alternativeTitles: string[] = []): Film => ({
  id,
  title,
  year,
  alternativeTitles,
  genres: [],
});
const films = [
  film('1', 'The Matrix', 1999),
  film('2', 'Star Wars: Episode IV - A New Hope', 1977),
  film('3', 'Amélie', 2001, ["Le fabuleux destin d'Amélie Poulain"]),
  film('4', 'Seven', 1995, ['Se7en']),
  film('5', 'The Godfather', 1972),
  film('6', 'The Godfather: Part II', 1974),
  film('7', 'Up', 2009),
  film('8', 'Us', 2019),
  film('9', 'Nameless', null),
];

describe('FilmSearch', () => {
  const search = new FilmSearch(films);
  beforeAll(() => search.ready);

  it.each([
    ['matrix', '1'],
    ['matrxi', '1'],
    ['mat', '1'],
    ['star wras', '2'],
    ['amelie', '3'],
    ['poulain', '3'],
    ['se7en', '4'],
    ['godfahter 1974', '6'],
    ['the godfather', '5'],
    ['UP', '7'],
    ['nameles', '9'],
  ])('finds by %j the film %s first', (query, id) => {
    expect(search.find(query)[0]).toBe(id);
  });

  it('takes short words and years as they are written', () => {
    expect(search.find('up')).toEqual(['7']);
    expect(search.find('1975')).toEqual([]);
  });

  it.each(['', '   ', '!?', 'zzzzzzzzzz'])('finds nothing for %j', (query) => {
    expect(search.find(query)).toEqual([]);
  });

  it('finds no more than it is asked for, each film once', () => {
    expect(search.find('the', 2)).toHaveLength(2);
    const ids = search.find('godfather', 20);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
