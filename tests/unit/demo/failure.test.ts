import { describe, expect, it } from 'vitest';
import { addEntry } from '../../../src/demo/off-origin-traffic.ts';
import { describeFailure } from '../../../src/demo/state/failure.ts';
import {
  CorruptModelError,
  GpuUnavailableError,
  InvalidDataError,
  ModelMismatchError,
  StorageError,
  WorkerLostError,
} from '../../../src/index.ts';

describe('describeFailure', () => {
  it.each([
    [new GpuUnavailableError('no adapter'), 'No GPU answered'],
    [new InvalidDataError('catalogue.json is truncated'), 'The film catalogue is damaged'],
    [new CorruptModelError('model.safetensors is truncated'), 'The recommender’s model cannot be used'],
    [new ModelMismatchError('of another catalogue'), 'The recommender’s model cannot be used'],
    [new StorageError('blocked'), 'This browser does not let the page keep your history'],
    [new WorkerLostError('gone'), 'The recommender stopped'],
    [new Error('odd'), 'Something went wrong'],
    ['a text', 'Something went wrong'],
  ])('%s has words, the detail and a way out', (error, title) => {
    const failure = describeFailure(error);
    expect(failure.title).toBe(title);
    expect(failure.detail).toBe(error instanceof Error ? error.message : error);
    expect(failure.waysOut.length).toBeGreaterThan(0);
  });

  it('offers a page without WebGPU where WebGPU was asked for in vain', () => {
    const { waysOut } = describeFailure(new GpuUnavailableError('none'));
    expect(waysOut.map(({ query }) => query)).toEqual(['?backend=auto', '?backend=cpu']);
  });

  it('knows an error by its name, as it comes out of a worker', () => {
    const error = new Error('catalogue.json is truncated');
    error.name = 'InvalidDataError';
    expect(describeFailure(error).title).toBe('The film catalogue is damaged');
  });
});

describe('addEntry', () => {
  const nothing = { requestCount: 0, byteCount: 0, observedCount: 0 };
  const own = 'http://localhost:4173';

  it.each([`${own}/assets/index.js`, 'data:text/plain,x', `blob:${own}/1`])('counts %s as going nowhere', (name) => {
    const entry = { name, transferSize: 100, encodedBodySize: 80 };
    expect(addEntry(nothing, entry, own)).toEqual({ ...nothing, observedCount: 1 });
  });

  it('adds up what goes to other origins, at least one byte a request', () => {
    const first = addEntry(nothing, { name: 'https://other.example/a', transferSize: 300, encodedBodySize: 200 }, own);
    const second = addEntry(first, { name: 'http://localhost:4174/b', transferSize: 0, encodedBodySize: 0 }, own);
    expect(second).toEqual({ requestCount: 2, byteCount: 301, observedCount: 2 });
  });
});
