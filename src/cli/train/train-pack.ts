import type { Backend } from '../../backends/backend.ts';
import type { CsrMatrix } from '../../data/csr-matrix.ts';
import { AlsTrainer, type EpochReport } from '../../model/als-trainer.ts';
import type { FitOptions } from '../../model/fit-options.ts';
import { writeModel } from '../../model/model-files.ts';
import { packFileNames } from '../../pack/model-pack.ts';

/** How and where to train, and who wants to hear of it. */
export interface TrainPackOptions {
  /** One id per column of the matrix. */
  readonly itemIds: readonly string[];
  readonly fit: FitOptions;
  readonly backend: Backend;
  /** Goes on where `backend` is lost or fails. Without it the training ends with that error. */
  readonly fallback?: Backend | undefined;
  readonly onEpoch?: (report: EpochReport) => void;
}

/**
 * Trains a model and gives its pack: the bytes of `manifest.json` and `model.safetensors`, by file name. The same matrix
 * and options give the same bytes. Where `backend` gives up `fallback` goes on, and the epoch's `notice` says so.
 *
 * @param matrix users × items
 * @throws {InvalidOptionError} an option of `fit` unknown or out of range
 * @throws {InvalidDataError} nothing to train on
 */
export async function trainPack(
  matrix: CsrMatrix,
  { itemIds, fit, backend, fallback, onEpoch }: TrainPackOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const trainer = new AlsTrainer(matrix, { ...fit, itemIds });
  for await (const report of trainer.run({ backend, fallback })) onEpoch?.(report);
  const { manifest, tensors } = await writeModel((await trainer.model())!);
  return new Map([
    [packFileNames.manifest, new TextEncoder().encode(`${JSON.stringify(manifest)}\n`)],
    [packFileNames.tensors, tensors],
  ]);
}
