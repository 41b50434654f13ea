import { afterEach, expect, test } from 'vitest';
import { twoTastes, World } from './small-world.ts';

const world = new World();

afterEach(() => world.end());

/** The tasks over 50 ms on this thread while `work` runs, in milliseconds. */
async function longTasksDuring(work: () => Promise<void>): Promise<number[]> {
  const durations: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) durations.push(duration);
  });
  observer.observe({ entryTypes: ['longtask'] });
  try {
    await work();
    // Entries arrive in a later task; two frames are later than that.
    await frame();
    await frame();
    return durations;
  } finally {
    observer.disconnect();
  }
}

function frame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 20)));
}

function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test('no task over 50 ms on the main thread while training; a busy loop of 120 ms would be seen', async () => {
  const seen = await longTasksDuring(async () => {
    await frame();
    busy(120);
    await frame();
  });
  expect(seen.some((duration) => duration >= 100)).toBe(true);

  const recommender = await world.open({ database: null });
  const interactions = twoTastes({ userCount: 1000, itemCount: 400 });
  await frame();
  let epochs = 0;
  const during = await longTasksDuring(async () => {
    for await (const { epoch } of recommender.fit(interactions, { factors: 32, epochs: 5 })) {
      epochs = epoch;
      await recommender.recommend({ count: 100 });
    }
  });
  expect(epochs).toBe(5);
  expect(during).toEqual([]);
});
