import { CorruptModelError, InvalidDataError } from '../errors.ts';
import { formatName, formatVersion, parseManifest, type ModelManifest } from './model-manifest.ts';
import { readSafetensors, writeSafetensors, type Tensor } from './safetensors.ts';
import { sha256 } from './sha-256.ts';

/** The two files of a pack on a static host or a disk. */
export const packFileNames = { manifest: 'manifest.json', tensors: 'model.safetensors' } as const;

/** A model as files. `manifest` is the parsed JSON of `manifest.json`, not yet trusted. */
export interface ModelFiles {
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
