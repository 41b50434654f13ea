import { describe, expect, test } from 'vitest';
import type { Backend } from '../../../src/backends/backend.ts';
import { BackendChooser, type BackendChooserOptions, type BackendMode } from '../../../src/engine/choose-backend.ts';
import type { BackendVerdict } from '../../../src/backends/backend-verdict.ts';
import { packageVersion } from '../../../src/engine/version.ts';
import { DisposedError, GpuUnavailableError } from '../../../src/errors.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { fakeGpu, type FakeGpu, type FakeGpuOptions } from '../../support/fake-gpu.ts';

type Cache = Pick<BackendChooserOptions, 'verdicts' | 'onVerdict'>;

function chooserWith(
  mode: BackendMode,
  options: { gpu?: FakeGpuOptions; open?: () => Promise<Backend>; cache?: Cache } = {},
): { chooser: BackendChooser; opened: FakeGpu[] } {
  const opened: FakeGpu[] = [];
  const open = (): Promise<Backend> => {
    const gpu = fakeGpu(options.gpu);
    opened.push(gpu);
    return Promise.resolve(gpu);
  };
  return {
    chooser: new BackendChooser({ mode, openWebGpu: options.open ?? open, ...options.cache }),
    opened,
  };
}

function cacheOf(...verdicts: BackendVerdict[]): Cache & { readonly put: BackendVerdict[] } {
  const put: BackendVerdict[] = [];
  return { verdicts, put, onVerdict: (verdict) => Promise.resolve(void put.push(verdict)) };
}

const noGpu = (): Promise<Backend> => Promise.reject(new GpuUnavailableError('No adapter here.'));
const kinds = async (chooser: BackendChooser): Promise<[string, string]> => [
  (await chooser.backendFor('serve')).info.kind,
  (await chooser.backendFor('train')).info.kind,
];

/** A verdict as an earlier visit may have left it. */
const verdict = (overrides: Partial<BackendVerdict>): BackendVerdict => ({
  adapter: 'pretended adapter',
  version: packageVersion,
  parity: 'equal',
  serve: { cpuMs: 2, gpuMs: 1 },
  train: { cpuMs: 50, gpuMs: 5 },
  measuredAt: 0,
  ...overrides,
});

test('the version that verdicts are kept by is the package’s', () => {
  expect(packageVersion).toBe(packageJson.version);
});

describe('auto', () => {
  test('starts on the CPU at once and opens no GPU', async () => {
    const { chooser, opened } = chooserWith('auto');
    expect(await kinds(chooser)).toEqual(['cpu', 'cpu']);
    expect(opened.length).toBe(0);
    expect(chooser.reason).toMatch(/Started on the CPU/);
  });

  test('a GPU that is slower is not chosen; the reason has the numbers', async () => {
    const cache = cacheOf();
    const { chooser } = chooserWith('auto', { gpu: { delayMs: 40, isSoftware: true }, cache });
    const measured = await chooser.measure();
    expect(measured).toMatchObject({ parity: 'equal', adapter: 'pretended adapter', version: packageVersion });
    expect(measured!.serve.gpuMs).toBeGreaterThan(measured!.serve.cpuMs);
    expect(measured!.train.gpuMs).toBeGreaterThan(measured!.train.cpuMs);
    expect(await kinds(chooser)).toEqual(['cpu', 'cpu']);
    expect(chooser.reason).toMatch(
      /^Measured, the CPU serves and trains: one request takes [\d.]+ ms on the CPU and [\d.]+ ms on pretended adapter, one training epoch/,
    );
    expect(cache.put).toEqual([measured]);
  });

  test('each operation goes where it is faster, by an earlier visit’s verdict, without measuring', async () => {
    const both = chooserWith('auto', { cache: cacheOf(verdict({})) });
    await both.chooser.measure();
    expect(await kinds(both.chooser)).toEqual(['webgpu', 'webgpu']);
    expect(both.opened[0]!.operations).toBe(0);
    expect(both.chooser.reason).toMatch(/the GPU serves and trains.*measured on an earlier visit/);

    const split = chooserWith('auto', { cache: cacheOf(verdict({ serve: { cpuMs: 1, gpuMs: 2 } })) });
    await split.chooser.measure();
    expect(await kinds(split.chooser)).toEqual(['cpu', 'webgpu']);
    expect(split.chooser.reason).toMatch(/the CPU serves and the GPU trains/);
    expect(split.chooser.serving).toBe('cpu');
  });

  test('equal times stay on the CPU', async () => {
    const { chooser } = chooserWith('auto', {
      cache: cacheOf(verdict({ serve: { cpuMs: 1, gpuMs: 1 }, train: { cpuMs: 1, gpuMs: 1 } })),
    });
    await chooser.measure();
    expect(await kinds(chooser)).toEqual(['cpu', 'cpu']);
  });

  test('another adapter or version is measured anew', async () => {
    const cache = cacheOf(verdict({ adapter: 'another' }), verdict({ version: '0.0.1' }));
    const { chooser, opened } = chooserWith('auto', { cache });
    await chooser.measure();
    expect(opened[0]!.operations).toBeGreaterThan(0);
    expect(cache.put).toHaveLength(1);
  });

  test.each(['factors', 'lists', 'nan'] as const)(
    'a GPU with wrong %s is demoted, which is said and kept',
    async (fault) => {
      const cache = cacheOf();
      const { chooser } = chooserWith('auto', { gpu: { fault }, cache });
      expect((await chooser.measure())!.parity).toBe('different');
      expect(await kinds(chooser)).toEqual(['cpu', 'cpu']);
      expect(chooser.reason).toMatch(/The CPU computes, because pretended adapter answers differently from the CPU: /);
      expect(cache.put[0]!.parity).toBe('different');
    },
  );

  test('a GPU lost in the probe is demoted, but not for ever', async () => {
    for (const lossStyle of ['reject', 'hang'] as const) {
      const cache = cacheOf();
      const { chooser } = chooserWith('auto', { gpu: { loseAt: 2, lossStyle }, cache });
      expect((await chooser.measure())!.parity).toBe('failed');
      expect(await kinds(chooser)).toEqual(['cpu', 'cpu']);
      expect(chooser.reason).toMatch(/failed the comparison|was lost/);
      expect(cache.put).toEqual([]);
    }
  });

  test('without a GPU the CPU computes, and the reason is the GPU’s', async () => {
    const { chooser } = chooserWith('auto', { open: noGpu });
    expect(await chooser.measure()).toBeNull();
    expect(await kinds(chooser)).toEqual(['cpu', 'cpu']);
    expect(chooser.reason).toBe('The CPU computes: No adapter here.');
  });

  test('storage trouble only means measuring again', async () => {
    const broken = { onVerdict: () => Promise.reject(new Error('denied')) };
    const { chooser } = chooserWith('auto', { cache: broken });
    expect((await chooser.measure())!.parity).toBe('equal');
  });

  test('measured once a session, also when asked twice at once', async () => {
    const { chooser, opened } = chooserWith('auto', { cache: cacheOf(verdict({})) });
    const [first, second] = await Promise.all([chooser.measure(), chooser.measure()]);
    expect(second).toBe(first);
    expect(opened.length).toBe(1);
  });
});

describe('the caller’s order', () => {
  test('cpu: no GPU is opened, nothing is measured', async () => {
    const { chooser, opened } = chooserWith('cpu');
    expect(await chooser.measure()).toBeNull();
    expect(await kinds(chooser)).toEqual(['cpu', 'cpu']);
    expect(opened.length).toBe(0);
    expect(chooser.reason).toBe('The cpu back end was asked for.');
  });

  test('webgpu: used even where it is slower or differs, and the reason says so', async () => {
    const slow = chooserWith('webgpu', { cache: cacheOf(verdict({ serve: { cpuMs: 1, gpuMs: 90 } })) });
    await slow.chooser.measure();
    expect(await kinds(slow.chooser)).toEqual(['webgpu', 'webgpu']);
    expect(slow.chooser.reason).toMatch(
      /webgpu back end was asked for; both answer alike, and one request takes 1\.0 ms/,
    );
    const wrong = chooserWith('webgpu', { gpu: { fault: 'lists' } });
    await wrong.chooser.measure();
    expect(await kinds(wrong.chooser)).toEqual(['webgpu', 'webgpu']);
    expect(wrong.chooser.reason).toMatch(/asked for, although pretended adapter answers differently/);
  });

  test('webgpu without a GPU is an error', async () => {
    const { chooser } = chooserWith('webgpu', { open: noGpu });
    await expect(chooser.backendFor('serve')).rejects.toThrow(GpuUnavailableError);
    await expect(chooser.measure()).rejects.toThrow('No adapter here.');
    const broken = chooserWith('webgpu', { open: () => Promise.reject(new Error('shader trouble')) });
    await expect(broken.chooser.backendFor('train')).rejects.toThrow(/could not be opened: shader trouble/);
  });
});

describe('losses', () => {
  test('an idle GPU that is lost leaves the CPU serving, and a reason', async () => {
    const { chooser, opened } = chooserWith('auto', { cache: cacheOf(verdict({})) });
    await chooser.measure();
    opened[0]!.lose('driver reset');
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(await kinds(chooser)).toEqual(['cpu', 'cpu']);
    expect(chooser.reason).toBe('The GPU device was lost (driver reset); the CPU has taken over.');
    expect(chooser.gpuInfo).toBeNull();
    expect(opened[0]!.isDisposed).toBe(true);
    await chooser.measure();
    expect(await kinds(chooser)).toEqual(['webgpu', 'webgpu']);
    opened[1]!.lose('again');
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(await chooser.measure()).toBeNull();
    expect(await kinds(chooser)).toEqual(['cpu', 'cpu']);
    expect(opened.length).toBe(2);
  });

  test('reopening for training: once, then never again', async () => {
    const { chooser, opened } = chooserWith('webgpu');
    const first = await chooser.backendFor('train');
    const second = await chooser.reopen(first, 'gone');
    expect(second).toBe(opened[1]);
    expect(await kinds(chooser)).toEqual(['webgpu', 'webgpu']);
    expect(chooser.reason).toMatch(/lost \(gone\) and opened again/);
    await expect(chooser.reopen(second, 'gone again')).rejects.toThrow(/lost 2 times/);
    expect(await kinds(chooser)).toEqual(['cpu', 'cpu']);
  });

  test('disposed of: the GPU is closed, also one that opens too late', async () => {
    const { chooser, opened } = chooserWith('webgpu');
    await chooser.gpu();
    chooser.dispose();
    expect(opened[0]!.isDisposed).toBe(true);
    await expect(chooser.gpu()).rejects.toThrow(DisposedError);

    const late = chooserWith('webgpu');
    const opening = late.chooser.gpu();
    late.chooser.dispose();
    await expect(opening).rejects.toThrow(DisposedError);
    expect(late.opened[0]!.isDisposed).toBe(true);
  });
});
