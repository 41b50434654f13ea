import { InvalidDataError, InvalidEventError, messageOf } from '../errors.ts';
import { parseInteractionEvent, type InteractionEvent } from './interaction-event.ts';

const format = 'pocketrec-history';
const version = 1;

/** Writes the history as JSON text: format, version and every event as it is stored. */
export function writeHistoryFile(events: readonly InteractionEvent[]): string {
  return JSON.stringify({ format, version, events }, null, 1);
}

/**
 * Reads the text that `writeHistoryFile` wrote. Identical entries are all returned, so that the caller can count them.
 *
 * @throws {InvalidDataError} the text is not JSON, not a history, or of another version; or an entry is wrong, in which
 *   case the message has its number
 */
export function readHistoryFile(text: string): InteractionEvent[] {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new InvalidDataError(`The file is not JSON: ${messageOf(error)}.`, { cause: error });
  }
  const written = Object(file) as Record<string, unknown>;
  if (written.format !== format) {
    throw new InvalidDataError(`The file is not a Pocketrec history: its "format" must be "${format}".`);
  }
  if (written.version !== version) {
    throw new InvalidDataError(
      `The file is a history of version ${JSON.stringify(written.version)}; this page reads version ${version}.`,
    );
  }
  const entries = written.events;
  if (!Array.isArray(entries)) throw new InvalidDataError(`The file's "events" must be a list.`);
  const seen = new Map<string, { number: number; event: InteractionEvent }>();
  return entries.map((entry: unknown, position) => {
    const number = position + 1;
    const event = parseEntry(entry, number);
    const earlier = seen.get(event.id);
    if (earlier && JSON.stringify(earlier.event) !== JSON.stringify(event)) {
      throw new InvalidDataError(
        `Entries ${earlier.number} and ${number} have the same id ${JSON.stringify(event.id)} but differ.`,
      );
    }
    seen.set(event.id, { number, event });
    return event;
  });
}

function parseEntry(entry: unknown, number: number): InteractionEvent {
  try {
    return parseInteractionEvent(entry);
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    throw new InvalidDataError(`Entry ${number} of the file is wrong, so nothing was imported. ${error.message}`, {
      cause: error,
    });
  }
}
