import { CorruptModelError, InvalidDataError, ModelMismatchError } from '../errors.ts';
import { IdIndex } from '../data/id-index.ts';
import { readPack, writePack, type ModelFiles, type ModelManifest } from '../pack/model-pack.ts';
import type { Tensor } from '../pack/safetensors.ts';
import { FactorModel } from './factor-model.ts';
import { InteractionWeights } from './interaction-weights.ts';

/** Writes a model as `manifest.json` and `model.safetensors`. The same model always gives the same bytes. */
export function writeModel(model: FactorModel): Promise<{ manifest: ModelManifest; tensors: Uint8Array }> {
  const { items, factors, itemCount, settings, weights, name, userCount, globalMean, seed, epochs, includesHistory } =
    model;
  return writePack(
    {
      name,
      settings,
      weights: weights?.parameters ?? null,
      factors,
      itemCount,
      userCount,
      globalMean,
      seed,
      epochs,
      includesHistory,
      itemIds: [...items.ids],
    },
    {
      item_factors: { shape: [itemCount, factors], values: model.itemFactors },
      item_biases: { shape: [itemCount], values: model.itemBiases },
      item_counts: { shape: [itemCount], values: model.itemCounts },
    },
  );
}

/**
 * Reads and fully checks a model.
 *
 * @param options.catalogue item ids in order; a model with other items is refused
 * @throws {CorruptModelError} the files are cut short, altered, not JSON, or contain numbers that are not finite
 * @throws {ModelMismatchError} the format is newer, or the model is of another catalogue
 */
export async function readModel(
  files: ModelFiles,
  options: { readonly catalogue?: readonly string[] | undefined } = {},
): Promise<FactorModel> {
  const { manifest, tensors } = await readPack(files);
  const { itemIds, itemCount, factors } = manifest;
  if (options.catalogue !== undefined) requireCatalogue(manifest, options.catalogue);
  let items: IdIndex;
  try {
    items = new IdIndex(itemIds);
  } catch (cause) {
    if (!(cause instanceof InvalidDataError)) throw cause;
    throw new CorruptModelError(`The model manifest is damaged: ${cause.message}`, { cause });
  }
  const itemCounts = valuesOf('item_counts', tensors, { shape: [itemCount], type: Uint32Array });
  return new FactorModel({
    items,
    factors,
    itemFactors: floats('item_factors', tensors, [itemCount, factors]),
    itemBiases: floats('item_biases', tensors, [itemCount]),
    itemCounts,
    globalMean: manifest.globalMean,
    settings: manifest.settings,
    // Models with weights count every interaction, so these counts are the popularity that training measured.
    weights: manifest.weights === null ? null : new InteractionWeights(manifest.weights, itemCounts),
    userCount: manifest.userCount,
    name: manifest.name,
    seed: manifest.seed,
    epochs: manifest.epochs,
    includesHistory: manifest.includesHistory,
  });
}

function requireCatalogue({ name, itemIds }: ModelManifest, catalogue: readonly string[]): void {
  if (itemIds.length !== catalogue.length) {
    throw new ModelMismatchError(
      `The model ${JSON.stringify(name)} is of ${itemIds.length} items, this catalogue has ${catalogue.length}. ` +
        'Use the model that was trained on this catalogue.',
    );
  }
  const first = itemIds.findIndex((id, row) => id !== catalogue[row]);
  if (first < 0) return;
  throw new ModelMismatchError(
    `The model ${JSON.stringify(name)} is of another catalogue: item ${first} is ${JSON.stringify(itemIds[first])} ` +
      `there and ${JSON.stringify(catalogue[first])} here. Use the model that was trained on this catalogue.`,
  );
}

function floats(name: string, tensors: ReadonlyMap<string, Tensor>, shape: readonly number[]): Float32Array {
  const values = valuesOf(name, tensors, { shape, type: Float32Array });
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new CorruptModelError(`Tensor ${name} has ${values[bad]} at place ${bad}; all must be finite.`);
  return values;
}

function valuesOf<Values extends Float32Array | Uint32Array>(
  name: string,
  tensors: ReadonlyMap<string, Tensor>,
  wanted: { readonly shape: readonly number[]; readonly type: new (length: number) => Values },
): Values {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new CorruptModelError(`The tensor file lacks ${name}. Get it again.`);
  const { shape, values } = tensor;
  if (!(values instanceof wanted.type) || shape.join() !== wanted.shape.join()) {
    throw new CorruptModelError(
      `Tensor ${name} must be ${wanted.type.name} of shape ${wanted.shape.join(' × ')}, got ${values.constructor.name} ` +
        `of ${shape.join(' × ')}.`,
    );
  }
  return values;
}
