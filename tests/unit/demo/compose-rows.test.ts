import { describe, expect, it } from 'vitest';
import { composeRows, genreShares } from '../../../src/demo/compose-rows.ts';
import type { Film } from '../../../src/demo/film.ts';
import type { Preference, RecommendedItem } from '../../../src/index.ts';

const genresOf = (number: number): string[] =>
  number % 5 === 0 ? ['Western'] : number % 2 === 0 ? ['Comedy', 'Drama'] : ['Drama', 'Sci-Fi'];
const filmOf = (id: string): Film => ({
  id,
  title: `Film ${id}`,
  alternativeTitles: [],
  year: 1990,
  genres: id.startsWith('liked') ? ['Drama', id === 'liked-a' ? 'Sci-Fi' : 'Comedy'] : genresOf(Number(id)),
});
const titleOf = (id: string) => filmOf(id).title;

function preference(itemId: string, strength = 1): Preference {
  return { itemId, strength, stars: null, ts: 1 };
}

/** Item `number` of a list whose scores fall; odd numbers are explained by `liked-a`, even ones by `liked-b`. */
function item(number: number): RecommendedItem {
  const score = 1 - number / 1000;
  return {
    itemId: String(number),
    score,
    match: score,
    position: number + 1,
    source: 'model',
    reasons: [{ itemId: number % 2 === 1 ? 'liked-a' : 'liked-b', contribution: score * 0.8 }],
  };
}

const list = (count: number) => Array.from({ length: count }, (_, number) => item(number));
const options = { preferences: [preference('liked-a'), preference('liked-b', 0.6)], filmOf, titleOf };
const idsOf = (rows: ReturnType<typeof composeRows>) => rows.flatMap(({ items }) => items.map(({ itemId }) => itemId));

describe('composeRows', () => {
  it('puts no film twice on the page', () => {
    const ids = idsOf(composeRows(list(140), options));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(50);
  });

  it('begins with the best films in the order of the list', () => {
    const [top] = composeRows(list(140), { ...options, topCount: 7 });
    expect(top!.kind).toBe('top');
    expect(top!.items.map(({ itemId }) => itemId)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  });

  it('explains "because" rows by the history film that speaks most for their films', () => {
    const because = composeRows(list(140), options).filter(({ kind }) => kind === 'because');
    expect(because.map(({ key }) => key).toSorted()).toEqual(['because-liked-a', 'because-liked-b']);
    for (const { key, title, items } of because) {
      const subject = key.replace('because-', '');
      expect(title).toBe(`Because you liked Film ${subject}`);
      for (const { reasons } of items) expect(reasons.some(({ itemId }) => itemId === subject)).toBe(true);
    }
  });

  it('never says "because you liked" of a film that was disliked', () => {
    const rows = composeRows(list(140), {
      ...options,
      preferences: [preference('liked-a'), preference('liked-b', -1)],
    });
    expect(rows.map(({ key }) => key)).not.toContain('because-liked-b');
  });

  it('keeps genres that the history hardly touches for "Outside your usual"', () => {
    const outside = composeRows(list(140), options).find(({ kind }) => kind === 'outside');
    expect(outside!.items.length).toBeGreaterThanOrEqual(4);
    for (const { itemId } of outside!.items) expect(filmOf(itemId).genres).toEqual(['Western']);
  });

  it('measures the match against the best score of the page', () => {
    const rows = composeRows(list(140), options);
    expect(rows[0]!.items[0]!.match).toBe(1);
    expect(rows[0]!.items[10]!.match).toBeCloseTo(0.99, 12);
  });

  it('has rows of their own for popular films', () => {
    const popular = list(60).map((one) => ({ ...one, source: 'popular' as const, score: 0, reasons: [] }));
    const rows = composeRows(popular, { ...options, preferences: [] });
    expect(rows.every(({ kind }) => kind === 'popular')).toBe(true);
    expect(rows[0]!.items[0]!.itemId).toBe('0');
    const ids = idsOf(rows);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([0, 1, 3])('works with a list of %i', (count) => {
    const rows = composeRows(list(count), options);
    expect(idsOf(rows)).toEqual(list(count).map(({ itemId }) => itemId));
  });

  it('drops no row below four films and no "because" row without positive reasons', () => {
    const against = list(60).map((one) => ({ ...one, reasons: [{ itemId: 'liked-a', contribution: -0.2 }] }));
    const rows = composeRows(against, options);
    expect(rows.filter(({ kind }) => kind === 'because')).toEqual([]);
    for (const { kind, items } of composeRows(list(25), options))
      if (kind !== 'top') expect(items.length).toBeGreaterThanOrEqual(4);
  });
});

describe('genreShares', () => {
  it('weighs genres by how much their films are liked and leaves dislikes out', () => {
    const shares = genreShares([preference('liked-a', 1), preference('liked-b', 0.25), preference('5', -1)], filmOf);
    expect(Object.fromEntries(shares)).toEqual({ Drama: 1, 'Sci-Fi': 0.8, Comedy: 0.2 });
  });

  it('is empty without anything liked', () => {
    expect(genreShares([preference('liked-a', 0), preference('5', -1)], filmOf).size).toBe(0);
  });
});
