import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SubmitClock } from '../../../src/gpu/submit-clock.ts';

/** A queue that does `workPerMs`, one submit after another, and tells of each when it is done. */
class FakeQueue {
  readonly clock: SubmitClock;
  readonly submits: number[] = [];
  #workPerMs: number;
  #busyUntil = 0;

  constructor(workPerMs: number, isSoftware: boolean) {
    this.#workPerMs = workPerMs;
    this.clock = new SubmitClock({ device: { queue: this as unknown as GPUQueue }, isSoftware });
  }

  set workPerMs(value: number) {
    this.#workPerMs = value;
  }

  /** Encodes `work` in steps, and submits whenever the clock says so. */
  encode(work: number, step: number): void {
    for (let done = 0; done < work; done += step) {
      this.clock.pending += step;
      if (!this.clock.isFull) continue;
      this.#submit();
    }
  }

  onSubmittedWorkDone(): Promise<undefined> {
    return new Promise((resolve) => setTimeout(() => resolve(undefined), this.#busyUntil - performance.now()));
  }

  #submit(): void {
    const work = this.clock.pending;
    this.submits.push(work);
    this.#busyUntil = Math.max(this.#busyUntil, performance.now()) + work / this.#workPerMs;
    this.clock.submitted();
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** The last submit after some rounds of work, in milliseconds of this queue. */
async function settled(queue: FakeQueue, workPerMs: number): Promise<number> {
  for (let round = 0; round < 12; round++) {
    queue.encode(100 * workPerMs, workPerMs / 4);
    await vi.advanceTimersByTimeAsync(1000);
  }
  return queue.submits.at(-1)! / workPerMs;
}

test.each([
  ['a slow queue', 1e7, 8, false],
  ['a fast one', 1e9, 8, false],
  ['a very fast one', 2e10, 8, false],
  ['a software adapter', 1e6, 32, true],
] as const)('%s gets submits of about as long as wanted', async (_, workPerMs, wantedMs, isSoftware) => {
  const ms = await settled(new FakeQueue(workPerMs, isSoftware), workPerMs);
  expect(ms).toBeGreaterThan(0.75 * wantedMs);
  expect(ms).toBeLessThan(1.25 * wantedMs);
});

test('a queue that slows down gets less', async () => {
  const queue = new FakeQueue(4e8, false);
  await settled(queue, 4e8);
  queue.workPerMs = 1e8;
  const ms = await settled(queue, 1e8);
  expect(ms).toBeGreaterThan(6);
  expect(ms).toBeLessThan(10);
});

test('a pause between submits is not taken for slowness', async () => {
  const queue = new FakeQueue(1e8, false);
  await settled(queue, 1e8);
  await vi.advanceTimersByTimeAsync(60_000);
  queue.encode(8e8, 1e7);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await settled(queue, 1e8)).toBeGreaterThan(6);
});

test('a queue that is lost changes nothing', async () => {
  const clock = new SubmitClock({
    device: { queue: { onSubmittedWorkDone: () => Promise.reject(new Error('lost')) } as unknown as GPUQueue },
    isSoftware: true,
  });
  clock.pending = 5e7;
  expect(clock.isFull).toBe(true);
  clock.submitted();
  await vi.advanceTimersByTimeAsync(1);
  expect(clock.pending).toBe(0);
  clock.pending = 4.9e7;
  expect(clock.isFull).toBe(false);
});
