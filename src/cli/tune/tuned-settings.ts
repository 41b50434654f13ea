import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { solverNames } from '../../backends/backend.ts';
import { InvalidDataError } from '../../errors.ts';
import { type FitArguments, fitRanges } from '../train/fit-arguments.ts';

const within = ({ low, high }: { readonly low: number; readonly high: number }) =>
  v.pipe(v.number(), v.minValue(low), v.maxValue(high));

const settingsSchema = v.object({
  factors: v.pipe(within(fitRanges.factors), v.integer()),
  unobservedWeight: v.nullable(within(fitRanges.unobservedWeight)),
  alpha: v.nullable(within(fitRanges.alpha)),
  regularization: within(fitRanges.regularization),
  exponent: within(fitRanges.exponent),
  epochs: v.pipe(within(fitRanges.epochs), v.integer()),
  seed: v.pipe(within(fitRanges.seed), v.integer()),
  solver: v.nullable(v.picklist(solverNames)),
  feedback: v.picklist(['presence', 'strength', 'stars']),
  valueWeight: within({ low: 0, high: 10 }),
  activityDiscount: within({ low: 0, high: 1 }),
  popularityDiscount: within({ low: 0, high: 1 }),
});

const tunedSchema = v.object({
  tuned: v.pipe(
    v.array(v.object({ fold: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))), settings: settingsSchema })),
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
  readonly of: (fold: number | null) => FitArguments;
}

/** @throws {InvalidDataError} no such file, or not what `tune --json` prints */
export async function readTunedSettings(file: string): Promise<TunedSettings> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new InvalidDataError(`There is no file ${file}.`, { cause: error });
  }
  let parsed: v.InferOutput<typeof tunedSchema>;
  try {
    parsed = v.parse(tunedSchema, JSON.parse(text));
  } catch (error) {
    const where = error instanceof v.ValiError ? ` (at ${v.getDotPath(error.issues[0]) ?? 'the top'})` : '';
    throw new InvalidDataError(`${file} is not what pocketrec tune --json prints${where}.`, { cause: error });
  }
  return {
    of: (fold) => {
      const found = parsed.tuned.find((entry) => entry.fold === fold);
      if (found !== undefined) return found.settings;
      throw new InvalidDataError(
        `${file} has settings for ${parsed.tuned.map((entry) => (entry.fold === null ? 'no fold' : `fold ${entry.fold}`)).join(', ')}, ` +
          `not for ${fold === null ? 'an evaluation without folds' : `fold ${fold}`}.`,
      );
    },
  };
}
