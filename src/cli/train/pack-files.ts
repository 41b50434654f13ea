import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FactorModel } from '../../model/factor-model.ts';
import { writeModel } from '../../model/model-files.ts';
import { packFileNames } from '../../pack/model-pack.ts';

/** A model's files by name, as they lie on a static host. The same model gives the same bytes. */
export async function packFiles(model: FactorModel): Promise<ReadonlyMap<string, Uint8Array>> {
  const { manifest, tensors } = await writeModel(model);
  return new Map([
    [packFileNames.manifest, new TextEncoder().encode(`${JSON.stringify(manifest)}\n`)],
    [packFileNames.tensors, tensors],
  ]);
}

/** Writes files into a folder, which is made where it is missing; their paths and lengths, in the order given. */
export async function writeFiles(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<{ readonly path: string; readonly byteLength: number }[]> {
  await mkdir(folder, { recursive: true });
  const written = [];
  for (const [name, bytes] of files) {
    const file = path.join(folder, name);
    await writeFile(file, bytes);
    written.push({ path: file, byteLength: bytes.length });
  }
  return written;
}
