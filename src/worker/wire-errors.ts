import { transferHandlers } from 'comlink';
import { fromWire, type WireError } from '../errors.ts';

/** A thrown value as Comlink sends it. */
type WireThrown =
  | { readonly isError: true; readonly value: WireError }
  | { readonly isError: false; readonly value: unknown };

/**
 * Comlink rebuilds every error as a bare `Error`. With its handler changed on the page, an error keeps its class, its
 * `code` and its message, so that `instanceof` works there. Call it before the first message.
 */
export function keepErrorClasses(): void {
  transferHandlers.get('throw')!.deserialize = ({ isError, value }: WireThrown): never => {
    throw isError ? fromWire(value) : value;
  };
}
