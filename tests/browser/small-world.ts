import type { FitOptions, Interactions, ModelFiles, Recommender } from '../../src/index.ts';
import { openRecommender } from '../../src/sdk/create-recommender.ts';
import type { RecommenderOptions } from '../../src/sdk/recommender.ts';

/** Two tastes: even users choose even items, odd users odd ones, each most of their half. */
export function twoTastes({ userCount = 40, itemCount = 30 } = {}): Interactions {
  const users: number[] = [];
  const items: number[] = [];
  for (let user = 0; user < userCount; user++) {
    for (let item = user % 2; item < itemCount; item += 2) {
      if ((user * 7 + item * 3) % 5 === 0) continue;
      users.push(user);
      items.push(item);
    }
  }
  return {
    itemIds: Array.from({ length: itemCount }, (_, item) => `item-${item}`),
    userCount,
    users: Uint32Array.from(users),
    items: Uint32Array.from(items),
    values: new Float32Array(users.length).fill(1),
  };
}

/** Enough work for some seconds, in epochs of well under one. */
export function manyEpochs(): { interactions: Interactions; options: { factors: number; epochs: number } } {
  return { interactions: twoTastes({ userCount: 400, itemCount: 300 }), options: { factors: 32, epochs: 1000 } };
}

/** What a test opened; `end` is for `afterEach`. */
export class World {
  readonly database = `test-${crypto.randomUUID()}`;
  readonly notices: string[] = [];
  /** Every worker that a recommender started, newest last. */
  readonly workers: Worker[] = [];
  /** Called with every worker that is started. */
  onWorker: (worker: Worker) => void = () => {};
  readonly #recommenders: Recommender[] = [];

  /** A recommender on the CPU whose workers the test can end. */
  async open(options: RecommenderOptions = {}): Promise<Recommender> {
    const recommender = await openRecommender(
      { backend: 'cpu', database: this.database, onNotice: (notice) => this.notices.push(notice), ...options },
      {
        createWorker: () => {
          const worker = new Worker(new URL('../../src/worker/engine-worker.ts', import.meta.url), { type: 'module' });
          this.workers.push(worker);
          this.onWorker(worker);
          return worker;
        },
      },
    );
    this.#recommenders.push(recommender);
    return recommender;
  }

  end(): void {
    for (const recommender of this.#recommenders) recommender.dispose();
    indexedDB.deleteDatabase(this.database);
  }
}

/** A model of two tastes, made without a history and kept nowhere. */
export function trainedModel(): Promise<ModelFiles> {
  return modelOf(twoTastes(), { factors: 8, epochs: 3, name: 'two tastes' });
}

/** A model of these interactions, made without a history and kept nowhere. */
export async function modelOf(interactions: Interactions, options: FitOptions): Promise<ModelFiles> {
  const world = new World();
  try {
    const recommender = await world.open({ database: null });
    for await (const report of recommender.fit(interactions, options)) {
      if (!Number.isFinite(report.loss)) throw new Error(`The loss of epoch ${report.epoch} is ${report.loss}.`);
    }
    return await recommender.save();
  } finally {
    world.end();
  }
}
