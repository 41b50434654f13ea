import { beforeAll, describe, expect, test, vi } from 'vitest';
import { InvalidOptionError } from '../../../src/errors.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import type { FactorModel } from '../../../src/model/factor-model.ts';
import { historyOf } from '../../../src/model/model-history.ts';
import { prepareRecommend, type Recommendations, runRecommend } from '../../../src/serving/recommend.ts';
import type { EngineRecommendOptions } from '../../../src/serving/recommend-options.ts';
import type { Reranker, RerankRequest } from '../../../src/serving/rerank.ts';
import { filmWorld, prefer, trainModel } from '../../support/film-world.ts';

let model: FactorModel;
beforeAll(async () => {
  model = await trainModel(filmWorld(), { factors: 4, epochs: 3 });
});

const preferences = [prefer('war-0'), prefer('war-3'), prefer('love-1', { strength: -1 })];

/** The worst of the candidates first. */
function reversing({ candidateCount = 1, name = 'reversed' } = {}) {
  const rerank = vi.fn(async ({ rows }: RerankRequest) => [...rows.keys()].reverse());
  return { name, candidateCount, rerank } satisfies Reranker;
}

const answering = (...places: number[]): Reranker => ({
  name: 'fixed',
  candidateCount: 1,
  rerank: async () => places,
});

async function recommend(
  options: EngineRecommendOptions,
  { reranker, history = preferences }: { reranker?: Reranker; history?: typeof preferences } = {},
): Promise<Recommendations> {
  const about = { model, history: historyOf(history, model.items), ...(reranker && { reranker }) };
  const request = prepareRecommend(about, options);
  return runRecommend(request, { table: await createCpuBackend().openItemTable(model.itemSide), backend: 'cpu' });
}

const idsOf = ({ items }: Recommendations): string[] => items.map(({ itemId }) => itemId);

describe('what a second stage sees', () => {
  test('the exact top of the first stage under every rule, with its scores and the visitor', async () => {
    const rules = { exclude: ['war-5'], ignoreHistory: ['war-3'] };
    const reranker = reversing({ candidateCount: 15 });
    await recommend({ ...rules, count: 4 }, { reranker });
    const [request] = reranker.rerank.mock.calls[0]!;
    const alone = await recommend({ ...rules, count: 15 });
    expect([...request.rows].map((row) => model.items.idOf(row))).toEqual(idsOf(alone));
    expect([...request.scores]).toEqual(alone.items.map(({ score }) => score));
    expect(request.count).toBe(4);
    expect(request.userFactors.length).toBe(4);
    // It is the visitor whose scores these are, to float32 rounding.
    const row = request.rows[0]!;
    const dot = request.userFactors.reduce((sum, value, i) => sum + value * model.itemFactors[row * 4 + i]!, 0);
    expect(Math.abs(dot - request.scores[0]!)).toBeLessThan(1e-6);
    expect(request.history.entries.map(({ itemRow }) => model.items.idOf(itemRow))).toEqual(['war-0', 'love-1']);
  });

  test.each([
    { count: 4, candidateCount: 15, seen: 15 },
    { count: 20, candidateCount: 15, seen: 20 },
    { count: 4, candidateCount: 1000, seen: 37 },
  ])('count $count, candidateCount $candidateCount: $seen candidates', async ({ count, candidateCount, seen }) => {
    const reranker = reversing({ candidateCount });
    const { items } = await recommend({ count }, { reranker });
    expect(reranker.rerank.mock.calls[0]![0].rows.length).toBe(seen);
    expect(items.length).toBe(count);
  });

  test('it is not asked while nothing is known of the visitor', async () => {
    const reranker = reversing({ candidateCount: 15 });
    const { items } = await recommend({ count: 5 }, { reranker, history: [] });
    expect(reranker.rerank).not.toHaveBeenCalled();
    expect(items).toEqual((await recommend({ count: 5 }, { history: [] })).items);
  });
});

describe('what becomes of its order', () => {
  test('the list is in its order; scores and reasons stay those of the first stage, positions count anew', async () => {
    const first = await recommend({ count: 15 });
    const second = await recommend({ count: 4 }, { reranker: reversing({ candidateCount: 15 }) });
    const wanted = first.items.toReversed().slice(0, 4);
    expect(second.items.map((item) => item.itemId)).toEqual(wanted.map((item) => item.itemId));
    for (const [place, item] of second.items.entries()) {
      expect(item).toEqual({
        ...wanted[place]!,
        position: place + 1,
        // One solve by item or one by history entry: the same to double rounding.
        reasons: wanted[place]!.reasons.map(({ itemId, contribution }) => ({
          itemId,
          contribution: expect.closeTo(contribution, 10),
        })),
      });
    }
  });

  test('no rule is broken by it', async () => {
    const only = ['war-0', 'war-5', 'war-6', 'love-7', 'love-8'];
    const rules = { only, exclude: ['war-6'] };
    const reranker = reversing({ candidateCount: 40 });
    const ids = idsOf(await recommend(rules, { reranker }));
    expect(ids).toEqual(idsOf(await recommend(rules)).reverse());
    expect(ids.toSorted()).toEqual(['love-7', 'love-8', 'war-5']);
  });

  test('what it leaves out follows in the first stage’s order', async () => {
    const first = idsOf(await recommend({ count: 5 }));
    const some = idsOf(await recommend({ count: 5 }, { reranker: answering(3, 1) }));
    expect(some).toEqual([first[3], first[1], first[0], first[2], first[4]]);
    expect(idsOf(await recommend({ count: 5 }, { reranker: answering() }))).toEqual(first);
  });

  test.each([
    [[5], 'got 5'],
    [[-1], 'got -1'],
    [[0.5], 'got 0.5'],
    [[Number.NaN], 'got NaN'],
    [[2, 2], 'got one twice'],
  ])('places %j of five are an error that names the second stage', async (places, got) => {
    const running = recommend({ count: 5 }, { reranker: answering(...places) });
    await expect(running).rejects.toThrow(InvalidOptionError);
    await expect(running).rejects.toThrow(`The re-ranker fixed must name places from 0 to 4, each once, ${got}.`);
  });

  test('its error is the request’s', async () => {
    const failure = new Error('out of tune');
    const reranker = { ...answering(), rerank: () => Promise.reject(failure) };
    await expect(recommend({}, { reranker })).rejects.toBe(failure);
  });
});

test('the id of a list tells which second stage it had', async () => {
  const ids = [
    await recommend({}),
    await recommend({}, { reranker: reversing() }),
    await recommend({}, { reranker: reversing({ name: 'reversed, version 2' }) }),
  ].map(({ recommendationId }) => recommendationId);
  expect(new Set(ids).size).toBe(3);
});
