import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { Pacer } from '../../../src/backends/pacer.ts';
import { problemOf, randomMatrix } from '../../support/synthetic.ts';

test('a slice lasts ten milliseconds, and yielding starts a new one', async () => {
  const pacer = new Pacer();
  expect(pacer.isDue).toBe(false);
  const start = performance.now();
  while (performance.now() - start < 11);
  expect(pacer.isDue).toBe(true);
  await pacer.yield();
  expect(pacer.isDue).toBe(false);
});

test('a long solve lets timers and messages through', async () => {
  const problem = problemOf(randomMatrix({ rowCount: 150, columnCount: 200, seed: 6 }), { factors: 64 });
  const run = await createCpuBackend().openTraining(problem, { solver: 'cholesky', cgSteps: 3 });
  let turns = 0;
  const { port1, port2 } = new MessageChannel();
  port1.on('message', () => {
    turns++;
    port2.postMessage('again');
  });
  port2.postMessage('start');
  // At rank 64 each half-epoch takes several slices on any machine.
  for (let epoch = 0; epoch < 3; epoch++) {
    await run.solve('users');
    await run.solve('items');
  }
  port1.close();
  expect(turns).toBeGreaterThan(0);
});
