import { CorruptModelError, ModelMismatchError, shown } from '../errors.ts';

/** The format that this code writes; older ones are read, newer ones are refused. */
export const formatVersion = 1;
/** What every manifest says it is. */
export const formatName = 'pocketrec-model';

/** `manifest.json`: what the tensors are, and how to know that they are whole. */
export interface ModelManifest {
  readonly format: string;
  readonly version: number;
  readonly name: string;
  readonly settings: {
    readonly objective: 'implicit' | 'explicit';
    readonly feedback: 'presence' | 'strength' | 'stars';
    readonly alpha: number | null;
    readonly alpha0: number;
    readonly regularization: number;
    readonly exponent: number;
  };
  readonly rank: number;
  readonly itemCount: number;
  readonly userCount: number;
  readonly globalMean: number;
  readonly seed: number;
  readonly epochs: number;
  readonly includesHistory: boolean;
  readonly itemIds: readonly string[];
  /** Length and SHA-256 of `model.safetensors`. */
  readonly tensors: { readonly byteLength: number; readonly sha256: string };
}

/** What a value must be, in words, and whether it is. */
type Rule = readonly [expected: string, holds: (value: unknown) => boolean];

type RulesOf<Fields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends string | number | boolean | null | readonly unknown[]
    ? Rule
    : RulesOf<Fields[Name]>;
};

interface Rules {
  readonly [name: string]: Rule | Rules;
}

function isWithin(value: unknown, low: number, high: number): boolean {
  return Number.isFinite(value) && (value as number) >= low && (value as number) <= high;
}

function oneOf(...choices: readonly string[]): Rule {
  return [choices.join(' or '), (value) => choices.includes(value as string)];
}

const text: Rule = ['text', (value) => typeof value === 'string'];
const weight: Rule = ['a number of 0 or more', (value) => isWithin(value, 0, Infinity)];
const count: Rule = [
  'a whole number of 0 or more',
  (value) => isWithin(value, 0, Number.MAX_SAFE_INTEGER) && Number.isInteger(value),
];

const manifestRules = {
  format: text,
  version: count,
  name: text,
  settings: {
    objective: oneOf('implicit', 'explicit'),
    feedback: oneOf('presence', 'strength', 'stars'),
    alpha: ['null or a number of 0 or more', (value) => value === null || isWithin(value, 0, Infinity)],
    alpha0: weight,
    regularization: weight,
    exponent: ['a number from 0 to 1', (value) => isWithin(value, 0, 1)],
  },
  rank: ['a whole number from 1 to 256', (value) => isWithin(value, 1, 256) && Number.isInteger(value)],
  itemCount: count,
  userCount: count,
  globalMean: ['a finite number', Number.isFinite],
  seed: count,
  epochs: count,
  includesHistory: ['true or false', (value) => typeof value === 'boolean'],
  itemIds: ['a list', Array.isArray],
  tensors: {
    byteLength: count,
    sha256: ['64 hexadecimal digits', (value) => /^[0-9a-f]{64}$/u.test(String(value))],
  },
} satisfies RulesOf<ModelManifest>;

/** @throws {ModelMismatchError} a newer version @throws {CorruptModelError} not a manifest, or a damaged one */
export function parseManifest(input: unknown): ModelManifest {
  const { format, version } = Object(input) as Record<string, unknown>;
  if (format !== formatName) {
    throw new CorruptModelError(
      `This is no model manifest: format must be ${shown(formatName)}, got ${shown(format)}.`,
    );
  }
  if (typeof version === 'number' && version > formatVersion) {
    throw new ModelMismatchError(
      `The model is of format version ${version}; this code reads up to ${formatVersion}. Update Pocketrec, or write the model again.`,
    );
  }
  const problems: string[] = [];
  const manifest = pick(manifestRules, input, { path: '', problems }) as unknown as ModelManifest;
  const { itemCount, itemIds } = manifest;
  if (problems.length === 0) {
    const wrong = itemIds.findIndex((id) => typeof id !== 'string');
    if (wrong >= 0) problems.push(`itemIds.${wrong} must be text, got ${shown(itemIds[wrong])}`);
    if (itemIds.length !== itemCount) problems.push(`it has ${itemIds.length} item ids for ${itemCount} items`);
  }
  if (problems.length > 0) {
    throw new CorruptModelError(`The model manifest is damaged: ${problems.slice(0, 3).join('; ')}. Get it again.`);
  }
  return manifest;
}

/** The fields that the rules name, and no others. What is not as its rule says is added to `problems`. */
function pick(rules: Rules, from: unknown, into: { path: string; problems: string[] }): Record<string, unknown> {
  const picked = Object.entries(rules).map(([name, rule]) => {
    const value = (Object(from) as Record<string, unknown>)[name];
    const path = into.path + name;
    if (!Array.isArray(rule)) return [name, pick(rule as Rules, value, { ...into, path: `${path}.` })];
    const [expected, holds] = rule as Rule;
    if (!holds(value)) into.problems.push(`${path} must be ${expected}, got ${shown(value)}`);
    return [name, value];
  });
  return Object.fromEntries(picked) as Record<string, unknown>;
}
