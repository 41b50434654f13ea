import { Engine } from '../../src/engine/engine.ts';
import type { FactorModel } from '../../src/model/factor-model.ts';
import { writeModel } from '../../src/model/model-files.ts';

/** An engine on the CPU that has loaded the model. */
export async function engineWith(model: FactorModel): Promise<Engine> {
  const engine = new Engine({ backend: 'cpu' });
  await engine.load(await writeModel(model));
  return engine;
}
