/** A title taken apart for lettering. */
export interface TitleParts {
  /** `Star Wars` */
  readonly main: string;
  /** What follows a colon or a dash: `Episode IV - A New Hope`; null where nothing does. */
  readonly subtitle: string | null;
}

/** Splits `Star Wars: Episode IV - A New Hope` into its main title and its subtitle. */
export function titleParts(title: string): TitleParts {
  const cut = /^(.{2,}?)(?::\s+|\s+[-–]\s+)(.+)$/u.exec(title);
  return cut ? { main: cut[1]!, subtitle: cut[2]! } : { main: title, subtitle: null };
}
