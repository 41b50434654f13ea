import * as v from 'valibot';
import { InvalidDataError, InvalidOptionError } from '../../errors.ts';
import { type FitOptions, resolveFitOptions } from '../../model/fit-options.ts';
import { readTextFile } from '../read/read-text-file.ts';

const tunedSchema = v.object({
  tuned: v.pipe(
    v.array(
      v.object({
        fold: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
        settings: v.record(v.string(), v.unknown()),
      }),
    ),
    v.minLength(1),
  ),
});

/** Settings that `pocketrec tune --json` found. */
export interface TunedSettings {
  /**
   * The settings of a fold, or of the one training where there are no folds.
   *
   * @throws {InvalidDataError} none were found for it
   */
  readonly of: (fold: number | null) => FitOptions;
}

/** @throws {InvalidDataError} no such file, or not what `tune --json` prints */
export async function readTunedSettings(file: string): Promise<TunedSettings> {
  const text = await readTextFile(file);
  let tuned: { readonly fold: number | null; readonly settings: FitOptions }[];
  try {
    tuned = v.parse(tunedSchema, JSON.parse(text)).tuned;
    for (const { settings } of tuned) resolveFitOptions(settings);
  } catch (error) {
    throw new InvalidDataError(`${file} is not what pocketrec tune --json prints${detailOf(error)}.`, { cause: error });
  }
  return {
    of: (fold) => {
      const found = tuned.find((entry) => entry.fold === fold);
      if (found !== undefined) return found.settings;
      throw new InvalidDataError(
        `${file} has settings for ${tuned.map((entry) => (entry.fold === null ? 'no fold' : `fold ${entry.fold}`)).join(', ')}, ` +
          `not for ${fold === null ? 'data without folds' : `fold ${fold}`}.`,
      );
    },
  };
}

function detailOf(error: unknown): string {
  if (error instanceof InvalidOptionError) return `: ${error.message.replace(/\.$/u, '')}`;
  return error instanceof v.ValiError ? ` (at ${v.getDotPath(error.issues[0]) ?? 'the top'})` : '';
}
