/**
 * Seconds since 1970 of an ISO 8601 date or time of day (`2015-08-01`, `2015-08-01T12:00:00Z`); in UTC where it names
 * no zone. NaN where it is neither.
 */
export function parseTime(text: string): number {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/u.exec(
    text.trim(),
  );
  if (parts === null) return Number.NaN;
  const [, date, time = '00:00', zone = 'Z'] = parts;
  const milliseconds = Date.parse(`${date}T${time}${zone}`);
  // 31 February and the like are moved on by some engines; such a date is none.
  const day = Number(date!.slice(8));
  if (new Date(Date.parse(`${date}T00:00Z`)).getUTCDate() !== day) return Number.NaN;
  return milliseconds / 1000;
}
