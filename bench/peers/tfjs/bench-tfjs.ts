import { describeRun } from '../../machine.ts';
import { describeMeasurements } from '../../measure.ts';
import { openPeerPage } from '../peer-page.ts';
import type { PartResult } from './page.ts';

const catalogue = { itemCount: 100_000, factors: 64, k: 100 };

/** `npm run bench -- tfjs`: tfjs on WebGPU and ours, in one page, on one adapter. */
export async function benchTfjs(): Promise<void> {
  console.log(describeRun('npm run bench -- tfjs'));
  const { page, browserName, close } = await openPeerPage('tfjs');
  const runPart = async (title: string, name: string, options: object): Promise<void> => {
    const { measurements, remark } = await page.evaluate(
      ([part, settings]) =>
        (globalThis as unknown as { runPart: (part: string, options: object) => Promise<PartResult> }).runPart(
          part,
          settings,
        ),
      [name, options] as const,
    );
    console.log(`\n${title}`);
    for (const line of describeMeasurements(measurements)) console.log(line);
    console.log(`  ${remark}`);
  };
  try {
    const adapter = await page.evaluate(() =>
      (globalThis as unknown as { adapterName: () => Promise<string> }).adapterName(),
    );
    console.log(`${browserName} · WebGPU: ${adapter}`);
    await runPart('One epoch of MovieLens small, k = 32, with the read-back of the factors', 'epoch', {
      factors: 32,
      rounds: 3,
    });
    for (const queryCount of [1, 32]) {
      const { itemCount, factors, k } = catalogue;
      const title = `Top ${k} of ${itemCount} × ${factors}, batch ${queryCount}`;
      await runPart(title, 'topK', { ...catalogue, queryCount, rounds: queryCount === 1 ? 15 : 5 });
    }
  } finally {
    await close();
  }
}
