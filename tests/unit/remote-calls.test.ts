import { afterEach, expect, test } from 'vitest';
import { InvalidOptionError } from '../../src/errors.ts';
import { connect, type Remote } from '../../src/worker/remote-calls.ts';

class Counter {
  step = 2;
  total = 0;

  add(count: number): number {
    this.total += count * this.step;
    return this.total;
  }
}

class Service {
  readonly counter = new Counter();

  async later(value: string, milliseconds: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return value;
  }

  refuse(): never {
    throw new InvalidOptionError('factors must be an integer from 1 to 256, got 0.');
  }

  unclonable(): () => void {
    return () => undefined;
  }

  keep(value: unknown): unknown {
    return value;
  }
}

const opened: MessagePort[] = [];

/** Both ends of a channel, the service offered at one and `page` at the other. */
function join(page?: object): { service: Remote<Service>; page: Remote<{ told(news: string): string }> } {
  const { port1, port2 } = new MessageChannel();
  opened.push(port1, port2);
  const ends = {
    page: connect<{ told(news: string): string }>(port1, new Service()),
    service: connect<Service>(port2, page),
  };
  port1.start();
  port2.start();
  return ends;
}

afterEach(() => {
  for (const port of opened.splice(0)) port.close();
});

test('a method of what the service holds is called on what holds it, and keeps its state', async () => {
  const { service } = join();
  expect(await service.counter.add(3)).toBe(6);
  expect(await service.counter.add(1)).toBe(8);
});

test('answers that come in another order reach their own calls', async () => {
  const { service } = join();
  const ended: string[] = [];
  const calls = [service.later('slow', 20), service.later('quick', 0), service.keep('at once')];
  await Promise.all(calls.map(async (call) => ended.push(String(await call))));
  expect(ended).toEqual(['at once', 'quick', 'slow']);
  expect(await Promise.all(calls)).toEqual(['slow', 'quick', 'at once']);
});

test('arguments and answers are structured clones', async () => {
  const { service } = join();
  const given = { numbers: Float32Array.of(1, NaN), nested: [undefined, null] };
  const kept = await service.keep(given);
  expect(kept).toEqual(given);
  expect(kept).not.toBe(given);
});

test('an error keeps its class, its code and its message', async () => {
  const { service } = join();
  const error = await service.refuse().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidOptionError);
  expect(error).toMatchObject({
    name: 'InvalidOptionError',
    code: 'INVALID_OPTION',
    message: 'factors must be an integer from 1 to 256, got 0.',
  });
});

test('what cannot be cloned is an error of the call, in either direction, and later calls go on', async () => {
  const { service } = join();
  await expect(service.unclonable()).rejects.toThrow(/could not be cloned/);
  await expect(service.keep(() => undefined)).rejects.toThrow(/could not be cloned/);
  expect(await service.keep(1)).toBe(1);
});

test('a name that the other side does not offer is an error', async () => {
  const { service } = join();
  const unknown = service as unknown as { none(): Promise<void>; nothing: { deep(): Promise<void> } };
  await expect(unknown.none()).rejects.toThrow(/undefined/);
  await expect(unknown.nothing.deep()).rejects.toThrow(/undefined/);
});

test('both ends may call: the one that offers a service asks the other for its own', async () => {
  const heard: string[] = [];
  const { page, service } = join({
    told: (news: string) => {
      heard.push(news);
      return 'thanks';
    },
  });
  expect(await Promise.all([page.told('measured'), service.keep(2)])).toEqual(['thanks', 2]);
  expect(heard).toEqual(['measured']);
});
