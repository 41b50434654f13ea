import type { ChannelOptions } from 'birpc';
import { fromWire, type WireError } from '../errors.ts';

/** What a worker is to its page, and the page to its worker. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

/** A message of birpc; `e` is what a function threw. */
interface Message {
  readonly e?: WireError;
}

/**
 * How calls cross a port, for `createBirpc` on both sides: as structured clones, which would make a bare `Error` of
 * every error; here it keeps its class, its `code` and its message. A training takes as long as it takes, so there is
 * no timeout.
 */
export function callChannel(port: Port): ChannelOptions & { readonly timeout: number } {
  return {
    post: (message) => port.postMessage(message),
    on: (listener) => port.addEventListener('message', ({ data }) => listener(data)),
    serialize: ({ e, ...message }: Message) => (e ? { ...message, e: toWire(e) } : message),
    deserialize: ({ e, ...message }: Message) => (e ? { ...message, e: fromWire(e) } : message),
    bind: 'functions',
    timeout: -1,
  };
}

function toWire({ name, message, stack }: WireError): WireError {
  return { name, message, stack };
}
