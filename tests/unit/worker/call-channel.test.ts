import { createBirpc } from 'birpc';
import { afterEach, expect, test } from 'vitest';
import { InvalidOptionError } from '../../../src/errors.ts';
import { callChannel } from '../../../src/worker/call-channel.ts';

class Counter {
  #total = 0;

  add(count: number): number {
    this.#total += count;
    return this.#total;
  }

  refuse(): void {
    throw new InvalidOptionError('factors must be an integer from 1 to 256, got 0.');
  }

  abort(): void {
    throw new DOMException('stopped', 'AbortError');
  }

  keep(value: unknown): unknown {
    return value;
  }
}

const ports: MessagePort[] = [];

/** A counter at the other end of a channel. */
function remoteCounter() {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  createBirpc(new Counter(), callChannel(port1));
  const counter = createBirpc<Counter>({}, callChannel(port2));
  port1.start();
  port2.start();
  return counter;
}

afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

test('methods are called on their object, and keep its state', async () => {
  const counter = remoteCounter();
  expect(await counter.add(3)).toBe(3);
  expect(await counter.add(1)).toBe(4);
});

test('arguments and answers are structured clones', async () => {
  const given = { numbers: Float32Array.of(1, Number.NaN), nested: [undefined, null] };
  const kept = await remoteCounter().keep(given);
  expect(kept).toEqual(given);
  expect(kept).not.toBe(given);
});

test('an error keeps its class, its code and its message', async () => {
  const error = await remoteCounter()
    .refuse()
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidOptionError);
  expect(error).toMatchObject({
    name: 'InvalidOptionError',
    code: 'INVALID_OPTION',
    message: 'factors must be an integer from 1 to 256, got 0.',
  });
});

test('an abort stays an abort', async () => {
  await expect(remoteCounter().abort()).rejects.toMatchObject({ name: 'AbortError', message: 'stopped' });
});

test('an argument that cannot be cloned is an error of its call, and later calls go on', async () => {
  const counter = remoteCounter();
  await expect(counter.keep(() => undefined)).rejects.toThrow(/could not be cloned/);
  expect(await counter.keep(1)).toBe(1);
});
