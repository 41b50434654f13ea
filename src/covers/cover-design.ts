import type { Film } from '../data/movielens/catalogue.ts';
import { coverPicture } from './cover-motifs.ts';
import { type CoverGenre, coverGenres, type CoverPalette, tellingGenres } from './cover-palettes.ts';
import type { CoverShape } from './cover-shapes.ts';
import { seededRandom } from './seeded-random.ts';
import { titleParts } from './title-parts.ts';

/** Lettering styles by when a film was made. */
export const coverEras = [
  'silent',
  'deco',
  'modern',
  'seventies',
  'eighties',
  'nineties',
  'noughties',
  'recent',
] as const;
export type CoverEra = (typeof coverEras)[number];

/** Everything needed to draw a film's cover; the same film always gives the same design. */
export interface CoverDesign {
  readonly palette: CoverPalette & { readonly second: string };
  readonly shapes: readonly CoverShape[];
  readonly era: CoverEra;
  /** Whether the lettering stands above or below the picture. */
  readonly lettering: 'top' | 'bottom';
  readonly title: string;
  readonly subtitle: string | null;
  /** Height of the title's letters, in hundredths of the cover's width. */
  readonly titleSize: number;
}

/**
 * Width of an ordinary letter in em, for the widest face that the style sheet may fall back to in each era, its
 * letter spacing included: a title must fit whatever fonts the visitor has.
 */
const letterWidth: Record<CoverEra, number> = {
  silent: 0.76,
  deco: 0.78,
  modern: 0.6,
  seventies: 0.61,
  eighties: 0.78,
  nineties: 0.71,
  noughties: 0.76,
  recent: 0.6,
};
/** The room for lettering, in hundredths of the cover's width: what `covers.css` leaves beside padding and year. */
const letteringWidth = 85;
const letteringHeight = { alone: 32, withSubtitle: 22 } as const;
const lineHeight = 1.04;

/** Draws up the cover of a film from its id, title, year and genres. */
export function coverDesign(film: Film): CoverDesign {
  const random = seededRandom(`${film.id}:${film.title}`);
  // The most telling genre usually draws the picture; another one may bring the colours.
  const genres = tellingGenres(film.genres);
  const [first, second = first] = genres as [CoverGenre, CoverGenre?];
  const pictureGenre = random() < 0.68 ? first : second;
  const palette = choose(coverGenres[random() < 0.6 ? first : second], random);
  const era = eraOf(film.year);
  const { main, subtitle } = titleParts(film.title);
  const lettering = random() < 0.5 ? 'top' : 'bottom';
  return {
    palette: { ...palette, second: secondInk(palette, second, random) },
    shapes: coverPicture(pictureGenre, random),
    era,
    lettering,
    title: main,
    subtitle,
    titleSize: titleSize(main, era, subtitle !== null),
  };
}

export function eraOf(year: number | null): CoverEra {
  if (year === null) return 'recent';
  if (year < 1930) return 'silent';
  if (year < 1950) return 'deco';
  if (year < 1966) return 'modern';
  if (year < 1980) return 'seventies';
  if (year < 1990) return 'eighties';
  if (year < 2000) return 'nineties';
  return year < 2010 ? 'noughties' : 'recent';
}

/** A second colour: the accent of the film's second genre where it stands out, otherwise the ink. */
function secondInk(palette: CoverPalette, genre: CoverGenre, random: () => number): string {
  const candidate = choose(coverGenres[genre], random).accent;
  return contrastRatio(candidate, palette.ground) >= 1.7 && contrastRatio(candidate, palette.accent) >= 1.25
    ? candidate
    : palette.ink;
}

function choose(palettes: readonly CoverPalette[], random: () => number): CoverPalette {
  return palettes[Math.floor(random() * palettes.length)]!;
}

/** The largest size at which all words fit, broken into lines as a browser breaks them; at least 6.5. */
function titleSize(title: string, era: CoverEra, hasSubtitle: boolean): number {
  const height = hasSubtitle ? letteringHeight.withSubtitle : letteringHeight.alone;
  const words = title.split(/\s+/u).map((word) => widthOf(word, capitals.has(era)) * letterWidth[era]);
  for (let size = 19; size > 6.5; size -= 0.5) {
    const lines = linesOf(words, letteringWidth / size);
    if (lines * size * lineHeight <= height) return size;
  }
  return 6.5;
}

/** Lines that words of these widths fill; Infinity where a word is wider than a line. */
function linesOf(words: readonly number[], lineWidth: number): number {
  const space = 0.3;
  let lines = 1;
  let used = 0;
  for (const width of words) {
    if (width > lineWidth) return Number.POSITIVE_INFINITY;
    if (used > 0 && used + space + width > lineWidth) {
      lines++;
      used = 0;
    }
    used += (used > 0 ? space : 0) + width;
  }
  return lines;
}

/** Eras that set their titles in capitals. */
const capitals: ReadonlySet<CoverEra> = new Set(['silent', 'deco', 'eighties', 'nineties', 'noughties']);

/** A word's width in ordinary letters. */
function widthOf(word: string, isCapitals: boolean): number {
  const narrow = isCapitals ? /[i.,:;'’!|]/iu : /[ijlt.,:;'’!|]/u;
  let width = 0;
  for (const letter of word) width += narrow.test(letter) ? 0.6 : /[mw@&%]/iu.test(letter) ? 1.35 : 1;
  return width;
}

/** WCAG 2 contrast of two hex colours, 1–21. */
export function contrastRatio(left: string, right: string): number {
  const [lighter, darker] = [luminance(left), luminance(right)].toSorted((a, b) => b - a) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
