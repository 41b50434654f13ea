import { expect, test } from 'vitest';
import { GpuUnavailableError } from '../../../src/errors.ts';
import { openGpu } from '../../../src/gpu/device.ts';

test('without navigator.gpu the error says so and what to do', async () => {
  await expect(openGpu()).rejects.toThrow(/navigator\.gpu is missing.*Use the cpu back end/);
  await expect(openGpu()).rejects.toBeInstanceOf(GpuUnavailableError);
});
