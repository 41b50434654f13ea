import type { ChannelOptions } from 'birpc';
import { fromWire, type WireError } from '../errors.ts';

/** The part of a port that page and worker use to talk to each other. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

/** A message of birpc; `e` is the error that a function threw. */
interface Message {
  readonly e?: WireError;
}

/**
 * How calls cross a port, for `createBirpc` on both sides. Messages are structured clones, which would turn every error
 * into a plain `Error`; this channel preserves its class, `code` and message. There is no timeout, because training may
 * take long.
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
