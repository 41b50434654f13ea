import { describe, expect, it } from 'vitest';
import { readPageQuery } from '../../../src/demo/page-query.ts';

describe('readPageQuery', () => {
  it.each([
    ['', { backend: 'auto', storage: 'database' }],
    ['?', { backend: 'auto', storage: 'database' }],
    ['?backend=cpu', { backend: 'cpu', storage: 'database' }],
    ['?backend=webgpu&storage=memory', { backend: 'webgpu', storage: 'memory' }],
    ['?storage=database&backend=auto', { backend: 'auto', storage: 'database' }],
  ])('%s is understood', (search, wanted) => {
    expect(readPageQuery(search)).toEqual({ ...wanted, problem: null });
  });

  it.each([
    ['?backnd=cpu', 'it does not know “backnd”, only backend and storage'],
    ['?toString=1', 'it does not know “toString”, only backend and storage'],
    ['?backend=gpu', 'backend can be auto or cpu or webgpu, not “gpu”'],
    ['?backend=', 'backend can be auto or cpu or webgpu, not “”'],
    [
      '?storage=none&x',
      'storage can be database or memory, not “none”; it does not know “x”, only backend and storage',
    ],
  ])('%s is told by name, and the usual is taken', (search, said) => {
    expect(readPageQuery(search)).toEqual({
      backend: 'auto',
      storage: 'database',
      problem: `This page’s address asks for something that it cannot do: ${said}.`,
    });
  });

  it('what it understands counts, whatever else is there', () => {
    expect(readPageQuery('?backend=cpu&colour=red')).toMatchObject({
      backend: 'cpu',
      problem: expect.stringContaining('colour'),
    });
  });
});
