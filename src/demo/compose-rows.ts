import type { Preference, RecommendedItem } from '../index.ts';
import type { Film } from './film.ts';

export type RowKind = 'top' | 'because' | 'outside' | 'popular';

/** One row of the page. */
export interface FilmRow {
  /** Stable across re-ranking, so that the row's elements are kept. */
  readonly key: string;
  readonly kind: RowKind;
  readonly title: string;
  readonly note: string;
  /** Best first. `match` is the share of the best score on the page. */
  readonly items: readonly RecommendedItem[];
}

export interface ComposeOptions {
  readonly preferences: readonly Preference[];
  readonly filmOf: (itemId: string) => Film;
  readonly titleOf: (itemId: string) => string;
  /** Films in the first row; default 18. */
  readonly topCount?: number;
  /** Films in every other row; default 14. */
  readonly rowCount?: number;
}

/** A row with fewer films than this looks broken; its films stay for other rows. */
const fewestInARow = 4;
const becauseRows = 3;
/** A genre in at most this share of what the visitor liked is one that the history hardly touches. */
const hardlyTouched = 0.2;

/**
 * Arranges one recommendation list, best first, into the rows of the page. Every film stands in one row at most:
 * the best go to the first row, then well-scored films of unfamiliar genres, then what the two or three history
 * films that explain most of the rest brought in. Within a row the order is the list's.
 */
export function composeRows(ranked: readonly RecommendedItem[], options: ComposeOptions): FilmRow[] {
  const { preferences, titleOf, topCount = 18, rowCount = 14 } = options;
  const best = ranked[0];
  if (!best) return [];
  // The scores of an implicit model are small numbers; people can read a share of the best one.
  const items = ranked.map((item) => ({ ...item, match: best.score > 0 ? Math.max(0, item.score / best.score) : 0 }));
  if (items.every((item) => item.source === 'popular')) return popularRows(items, options);

  const top = items.slice(0, topCount);
  const rest = items.slice(topCount);
  const touched = genreShares(preferences, options.filmOf);
  const outside = outsideUsual(rest, { touched, filmOf: options.filmOf }).slice(0, rowCount);
  const taken = new Set(outside);
  const pool = rest.filter((item) => !taken.has(item));

  const rows: FilmRow[] = [
    {
      key: 'top',
      kind: 'top',
      title: 'Top picks for you',
      note: 'For everything that you have told us. Matches are measured against the first.',
      items: top,
    },
  ];
  const liked = new Set(preferences.filter(({ strength }) => strength > 0).map(({ itemId }) => itemId));
  let left = pool;
  for (let row = 0; row < becauseRows; row++) {
    const found = strongestReason(left, liked);
    if (!found || found.items.length < fewestInARow) break;
    liked.delete(found.itemId);
    const chosen = new Set(found.items.slice(0, rowCount));
    left = left.filter((item) => !chosen.has(item));
    rows.push({
      key: `because-${found.itemId}`,
      kind: 'because',
      title: `Because you liked ${titleOf(found.itemId)}`,
      note: 'What it points to most strongly.',
      items: [...chosen],
    });
  }
  if (outside.length >= fewestInARow) {
    rows.splice(Math.min(rows.length, 3), 0, {
      key: 'outside',
      kind: 'outside',
      title: 'Outside your usual',
      note: 'Good matches in genres you rarely choose.',
      items: outside,
    });
  }
  return rows;
}

/**
 * The history film that speaks most for `items`, and the items where its share of the score is above the usual.
 * Only the reasons that came with the items are used, so this costs no further request.
 */
function strongestReason(items: readonly RecommendedItem[], candidates: ReadonlySet<string>) {
  const total = new Map<string, number>();
  for (const { reasons, score } of items) {
    for (const { itemId, contribution } of reasons) {
      if (contribution > 0 && score > 0 && candidates.has(itemId))
        total.set(itemId, (total.get(itemId) ?? 0) + contribution / score);
    }
  }
  let best: string | undefined;
  for (const [itemId, weight] of total) if (best === undefined || weight > total.get(best)!) best = itemId;
  if (best === undefined) return null;
  const itemId = best;
  return {
    itemId,
    items: items.filter(({ reasons }) => reasons.some((reason) => reason.itemId === itemId && reason.contribution > 0)),
  };
}

/** The share of the visitor's liking that falls on films with each genre, 0–1. Disliked films do not count. */
export function genreShares(
  preferences: readonly Preference[],
  filmOf: (itemId: string) => Pick<Film, 'genres'>,
): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  let weight = 0;
  for (const { itemId, strength } of preferences) {
    if (strength <= 0) continue;
    weight += strength;
    for (const genre of filmOf(itemId).genres) shares.set(genre, (shares.get(genre) ?? 0) + strength);
  }
  for (const [genre, sum] of shares) shares.set(genre, sum / weight);
  return shares;
}

function outsideUsual(
  items: readonly RecommendedItem[],
  { touched, filmOf }: { touched: ReadonlyMap<string, number>; filmOf: (itemId: string) => Film },
): RecommendedItem[] {
  const familiarity = (item: RecommendedItem) => {
    const { genres } = filmOf(item.itemId);
    if (genres.length === 0) return { most: 1, mean: 1 };
    const shares = genres.map((genre) => touched.get(genre) ?? 0);
    return { most: Math.max(...shares), mean: shares.reduce((sum, share) => sum + share, 0) / shares.length };
  };
  const measured = items.map((item) => ({ item, ...familiarity(item) }));
  const strict = measured.filter(({ most }) => most <= hardlyTouched);
  if (strict.length >= fewestInARow) return strict.map(({ item }) => item);
  // Someone who likes a bit of everything: the genres touched least on average.
  const means = measured.map(({ mean }) => mean).toSorted((left, right) => left - right);
  const limit = Math.min(means[Math.floor(means.length / 8)] ?? 0, hardlyTouched * 1.5);
  return measured.filter(({ mean }) => mean <= limit).map(({ item }) => item);
}

function popularRows(items: readonly RecommendedItem[], { filmOf, rowCount = 14 }: ComposeOptions): FilmRow[] {
  const note = 'Loved by many. Rate a few and this page becomes yours.';
  const rows: FilmRow[] = [
    { key: 'popular', kind: 'popular', title: 'Widely loved', note, items: items.slice(0, rowCount) },
  ];
  let left = items.slice(rowCount);
  for (const genre of ['Comedy', 'Sci-Fi', 'Drama', 'Thriller', 'Animation', 'Romance']) {
    const chosen = left.filter(({ itemId }) => filmOf(itemId).genres.includes(genre)).slice(0, rowCount);
    if (chosen.length < fewestInARow) continue;
    const taken = new Set(chosen);
    left = left.filter((item) => !taken.has(item));
    rows.push({ key: `popular-${genre}`, kind: 'popular', title: `Loved in ${genre}`, note, items: chosen });
  }
  return rows;
}
