import * as v from 'valibot';
import { CorruptModelError, InvalidDataError, ModelMismatchError } from '../errors.ts';
import { readSafetensors, writeSafetensors, type Tensor } from './safetensors.ts';
import { sha256 } from '../data/sha-256.ts';

/** The format that this code writes; older ones are read, newer ones are refused. */
export const formatVersion = 2;
const formatName = 'pocketrec-model';

/** The two files of a pack on a static host or a disk. */
export const packFileNames = { manifest: 'manifest.json', tensors: 'model.safetensors' } as const;

/** A value that passes `test`; the error says what it must be and what it is. */
function valueThat<Value>(expected: string, test: (value: unknown) => boolean) {
  return v.custom<Value>(test, ({ received }) => `must be ${expected}, got ${received}`);
}

/** A finite number from `low` to `high`. */
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
  /** What interactions weigh by their values, users and items; null where all weigh alike. */
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

/** `manifest.json`: what the tensors are, and how to know that they are whole. */
export type ModelManifest = v.InferOutput<typeof manifestSchema>;

/** A model as files. `manifest` is the parsed JSON of `manifest.json`, not yet trusted. */
export interface ModelFiles {
  /** Says what the tensors are, and their length and SHA-256. Checked before anything is used. */
  readonly manifest: unknown;
  /** `model.safetensors`. */
  readonly tensors: Uint8Array;
}

/** Seals tensors and their description into files. */
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
 * Checks a pack and opens its tensors: manifest, length, SHA-256, then the file itself.
 *
 * @throws {ModelMismatchError} a format newer than this code
 * @throws {CorruptModelError} anything else that is not as it was written
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

/** @throws {ModelMismatchError} a newer version @throws {CorruptModelError} not a manifest */
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

/** What version 1 called otherwise; it had no weights. */
interface Version1 {
  readonly rank?: unknown;
  readonly settings?: { readonly alpha0?: unknown };
}

/** A manifest of version 1, not yet trusted, in the words of version 2. */
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
 * @throws {InvalidDataError} an address that answers with an error or not at all
 * @throws {CorruptModelError} a manifest that is not JSON
 */
export async function fetchModel(baseUrl: string): Promise<ModelFiles> {
  const folder = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
  const [manifest, tensors] = await Promise.all([
    fetchBytes(new URL(packFileNames.manifest, folder)),
    fetchBytes(new URL(packFileNames.tensors, folder)),
  ]);
  return { manifest: parseJson(manifest), tensors };
}

/** The JSON of `manifest.json`. @throws {CorruptModelError} text that is not JSON */
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
