/** A film's title as a page shows it, and its other titles. */
export interface DisplayTitle {
  /** The title with its article in front and without alternative titles: `The City of Lost Children`. */
  readonly title: string;
  /** The titles in parentheses, with articles in front and without `a.k.a.`: `["La Cité des enfants perdus"]`. */
  readonly alternativeTitles: readonly string[];
  /** The year in parentheses at the end (of a span, the first year); null if there is none. */
  readonly year: number | null;
}

/**
 * The articles that MovieLens moves to the end, after a comma. Only these are moved back, so that `Monsters, Inc.` and
 * `Bye Bye, Love` stay as they are.
 */
const trailingArticle =
  /^(.*\S), (The|A|An|La|Le|Les|L'|Un|Une|Una|Uno|Um|Uma|El|Los|Las|Il|Lo|I|Gli|Der|Die|Das|Ein|Eine|Den|Det|De|En|Ett|Et|Een|Het|Os|Da)$/iu;

/** `1999`, `2007-` or `1975-1979`, with a hyphen or an en dash. */
const yearSpan = /^(\d{4})(?:[-–](?:\d{4})?)?$/u;

const alsoKnownAs = /^a\.?k\.?a\.?:?\s+/iu;

/**
 * Parses a title of MovieLens, e.g. `City of Lost Children, The (Cité des enfants perdus, La) (1995)`. Only groups in
 * parentheses at the end are alternative titles; a group at the start or in the middle, as in `(500) Days of Summer`,
 * belongs to the title.
 */
export function displayTitle(raw: string): DisplayTitle {
  let rest = raw.trim().replaceAll(/\s+/gu, ' ');
  let year: number | null = null;
  const alternativeTitles: string[] = [];
  for (;;) {
    const open = openingOfLastGroup(rest);
    if (open === -1) break;
    const inner = rest.slice(open + 1, -1).trim();
    const span = yearSpan.exec(inner);
    if (span !== null && year === null && alternativeTitles.length === 0) year = Number(span[1]);
    else if (inner !== '') alternativeTitles.unshift(articleFirst(inner.replace(alsoKnownAs, '')));
    rest = rest.slice(0, open).trimEnd();
  }
  const title = articleFirst(rest);
  return { title, alternativeTitles: [...new Set(alternativeTitles)].filter((other) => other !== title), year };
}

/** The index where the balanced group at the end of the text opens; −1 if there is none, or no text before it. */
function openingOfLastGroup(text: string): number {
  if (!text.endsWith(')')) return -1;
  let depth = 0;
  for (let at = text.length - 1; at > 0; at--) {
    if (text[at] === ')') depth++;
    if (text[at] === '(' && --depth === 0) return text[at - 1] === ' ' ? at : -1;
  }
  return -1;
}

function articleFirst(name: string): string {
  const match = trailingArticle.exec(name);
  if (match === null) return name;
  const [, rest, article] = match as unknown as [string, string, string];
  return article.endsWith("'") ? `${article}${rest}` : `${article} ${rest}`;
}
