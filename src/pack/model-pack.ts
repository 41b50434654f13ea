import * as v from 'valibot';
import { CorruptModelError, InvalidDataError, ModelMismatchError } from '../errors.ts';
import { readSafetensors, writeSafetensors, type Tensor } from './safetensors.ts';
import { sha256 } from '../data/sha-256.ts';

/** The version of the format that this code writes; it reads older ones and refuses newer ones. */
export const formatVersion = 2;
const formatName = 'pocketrec-model';

/** The names of a pack's two files. */
export const packFileNames = { manifest: 'manifest.json', tensors: 'model.safetensors' } as const;

/** A schema for values that pass `test`; its error says what the value must be and what it is. */
function valueThat<Value>(expected: string, test: (value: unknown) => boolean) {
  return v.custom<Value>(test, ({ received }) => `must be ${expected}, got ${received}`);
}

/** Whether `value` is a finite number from `low` to `high`. */
function isWithin(value: unknown, low: number, high: number): boolean {
  return Number.isFinite(value) && (value as number) >= low && (value as number) <= high;
}

function oneOf<const Choice extends string>(...choices: readonly Choice[]) {
  return valueThat<Choice>(choices.join(' or '), (value) => choices.includes(value as Choice));
}

const text = valueThat<string>('text', (value) => typeof value === 'string');
const finite = valueThat<number>('a finite number', Number.isFinite);
const weight = valueThat<number>('a number of 0 or more', (value) => isWithin(value, 0, Infinity));
const share = valueThat<number>('a number from 0 to 1', (value) => isWithin(value, 0, 1));
const positive = valueThat<number>('a number above 0', (value) => isWithin(value, Number.MIN_VALUE, Infinity));
const count = valueThat<number>('a whole number of 0 or more', (value) => {
  return Number.isSafeInteger(value) && isWithin(value, 0, Infinity);
});

const manifestSchema = v.object({
  format: text,
  version: count,
  name: text,
  settings: v.object({
    objective: oneOf('implicit', 'explicit'),
    feedback: oneOf('presence', 'strength', 'stars'),
    alpha: valueThat<number | null>(
      'null or a number of 0 or more',
      (value) => value === null || isWithin(value, 0, Infinity),
    ),
    unobservedWeight: weight,
    regularization: weight,
    exponent: share,
  }),
  /** How interactions are weighted by value, user and item; null if all have the same weight. */
  weights: v.nullable(
    v.object({
      valueWeight: valueThat<number>('a number from 0 to 10', (value) => isWithin(value, 0, 10)),
      activityDiscount: share,
      popularityDiscount: share,
      mean: finite,
      inverseDeviation: weight,
      typicalActivity: positive,
      typicalPopularity: positive,
    }),
  ),
  factors: valueThat<number>(
    'a whole number from 1 to 256',
    (value) => Number.isInteger(value) && isWithin(value, 1, 256),
  ),
  itemCount: count,
  userCount: count,
  globalMean: finite,
  seed: count,
  epochs: count,
  includesHistory: valueThat<boolean>('true or false', (value) => typeof value === 'boolean'),
  itemIds: v.array(text),
  tensors: v.object({
    byteLength: count,
    sha256: valueThat<string>('64 hexadecimal digits', (value) => /^[0-9a-f]{64}$/u.test(String(value))),
  }),
});

/** `manifest.json`: describes the tensors, with their length and SHA-256 to check them. */
export type ModelManifest = v.InferOutput<typeof manifestSchema>;

/** A model as files. */
export interface ModelFiles {
  /** The parsed JSON of `manifest.json`, not yet trusted: it is checked before anything is used. */
  readonly manifest: unknown;
  /** The bytes of `model.safetensors`. */
  readonly tensors: Uint8Array;
}

/** Writes tensors and their description as a pack. */
export async function writePack(
  description: Omit<ModelManifest, 'format' | 'version' | 'tensors'>,
  tensors: Readonly<Record<string, Tensor>>,
): Promise<{ manifest: ModelManifest; tensors: Uint8Array }> {
  const file = writeSafetensors(tensors);
  return {
    manifest: {
      format: formatName,
      version: formatVersion,
      ...description,
      tensors: { byteLength: file.byteLength, sha256: await sha256(file) },
    },
    tensors: file,
  };
}

/**
 * Checks a pack and reads its tensors: first the manifest, then length and SHA-256, then the tensor file itself.
 *
 * @throws {ModelMismatchError} the format is newer than this code
 * @throws {CorruptModelError} the pack is damaged or altered
 */
export async function readPack(
  files: ModelFiles,
): Promise<{ manifest: ModelManifest; tensors: ReadonlyMap<string, Tensor> }> {
  const manifest = parseManifest(files.manifest);
  const { byteLength, sha256: wanted } = manifest.tensors;
  if (files.tensors.byteLength !== byteLength) {
    throw new CorruptModelError(
      `${packFileNames.tensors} has ${files.tensors.byteLength} bytes where the manifest says ${byteLength}: it was ` +
        'cut short or belongs to another manifest. Get both again.',
    );
  }
  const found = await sha256(files.tensors);
  if (found !== wanted) {
    throw new CorruptModelError(
      `${packFileNames.tensors} has the SHA-256 ${found} where the manifest says ${wanted}: it was altered. Get both again.`,
    );
  }
  return { manifest, tensors: readSafetensors(files.tensors) };
}

/**
 * Checks a manifest.
 *
 * @throws {ModelMismatchError} the format is newer than this code
 * @throws {CorruptModelError} it is not a manifest, or a damaged one
 */
export function parseManifest(input: unknown): ModelManifest {
  const { format, version } = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>;
  if (format !== formatName) {
    throw new CorruptModelError(
      `This is no model manifest: format must be ${JSON.stringify(formatName)}, got ${JSON.stringify(format)}.`,
    );
  }
  if (typeof version === 'number' && version > formatVersion) {
    throw new ModelMismatchError(
      `The model is of format version ${version}; this code reads up to ${formatVersion}. Update Pocketrec, or write the model again.`,
    );
  }
  const result = v.safeParse(manifestSchema, version === 1 ? fromVersion1(input as Version1) : input);
  if (!result.success) {
    const problems = result.issues.slice(0, 3).map((issue) => `${v.getDotPath(issue) ?? 'manifest'}: ${issue.message}`);
    throw new CorruptModelError(`The model manifest is damaged (${problems.join('; ')}). Get it again.`);
  }
  const { itemCount, itemIds, settings, weights } = result.output;
  if (weights !== null && (settings.objective !== 'implicit' || settings.feedback !== 'presence')) {
    throw new CorruptModelError(
      `The model manifest is damaged: weights do not go with ${settings.objective} ${settings.feedback}. Get it again.`,
    );
  }
  if (itemIds.length !== itemCount) {
    throw new CorruptModelError(
      `The model manifest has ${itemIds.length} item ids for ${itemCount} items. Get it again.`,
    );
  }
  return result.output;
}

/** The fields that version 1 named differently. It had no weights. */
interface Version1 {
  readonly rank?: unknown;
  readonly settings?: { readonly alpha0?: unknown };
}

/** Converts a manifest of version 1, not yet trusted, to version 2. */
function fromVersion1({ rank, settings, ...rest }: Version1): unknown {
  const { alpha0, ...others } = settings ?? {};
  return {
    ...rest,
    version: formatVersion,
    factors: rank,
    settings: { ...others, unobservedWeight: alpha0 },
    weights: null,
  };
}

/**
 * Fetches `manifest.json` and `model.safetensors` from a folder on a web server.
 *
 * @param baseUrl the folder's absolute address, with or without a slash at its end
 * @throws {InvalidDataError} the address does not answer, or answers with an error
 * @throws {CorruptModelError} the manifest is not JSON
 */
export async function fetchModel(baseUrl: string): Promise<ModelFiles> {
  const folder = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
  const [manifest, tensors] = await Promise.all([
    fetchBytes(new URL(packFileNames.manifest, folder)),
    fetchBytes(new URL(packFileNames.tensors, folder)),
  ]);
  return { manifest: parseJson(manifest), tensors };
}

/**
 * Parses `manifest.json`.
 *
 * @throws {CorruptModelError} the text is not JSON
 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new CorruptModelError(`${packFileNames.manifest} is not JSON. Check that the address is a model's folder.`, {
      cause,
    });
  }
}

async function fetchBytes(url: URL): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new InvalidDataError(
      `${url.href} could not be fetched (${String(cause)}). Check the address and the network.`,
      {
        cause,
      },
    );
  }
  if (!response.ok) {
    throw new InvalidDataError(
      `${url.href} answered ${response.status} ${response.statusText}. Check that the address is a model's folder.`,
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}
