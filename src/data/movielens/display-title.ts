/** A film's name as a page shows it, and the other names it goes by. */
export interface DisplayTitle {
  /** Article in front, without the alternative names: `The City of Lost Children`. */
  readonly title: string;
  /** The names in parentheses, articles in front, `a.k.a.` removed: `["La Cité des enfants perdus"]`. */
  readonly alternativeTitles: readonly string[];
  /** The year (the first one of a span) that stood in parentheses at the end; null where none did. */
  readonly year: number | null;
}

/**
 * The articles that MovieLens puts behind a comma. Only these are turned, so that `Monsters, Inc.` and
 * `Bye Bye, Love` stay as they are.
 */
const trailingArticle =
  /^(.*\S), (The|A|An|La|Le|Les|L'|Un|Une|Una|Uno|Um|Uma|El|Los|Las|Il|Lo|I|Gli|Der|Die|Das|Ein|Eine|Den|Det|De|En|Ett|Et|Een|Het|Os|Da)$/iu;

/** `1999`, `2007-`, `1975-1979`, with either dash. */
const yearSpan = /^(\d{4})(?:[-–](?:\d{4})?)?$/u;

const alsoKnownAs = /^a\.?k\.?a\.?:?\s+/iu;

/**
 * Takes apart a title of MovieLens, e.g. `City of Lost Children, The (Cité des enfants perdus, La) (1995)`.
 * Only groups in parentheses at the very end are alternative names; one inside the title (or a whole title that
 * is in parentheses at its start, as `(500) Days of Summer`) stays.
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

/** Where the balanced group that ends the text opens; −1 where none does, or where nothing stands before it. */
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
