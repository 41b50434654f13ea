import { transferHandlers } from 'comlink';
import { fromWire, toWire, type WireError } from '../errors.ts';

/**
 * Comlink rebuilds every thrown value as a bare `Error`. With its handler changed on both sides, an error keeps its
 * class, its `code` and its message, so that `instanceof` works on the page. Call it before the first message.
 */
export function keepErrorClasses(): void {
  Object.assign(transferHandlers.get('throw')!, {
    serialize: (thrown: { value: unknown }) => [toWire(thrown.value), []],
    deserialize: (wire: WireError): never => {
      throw fromWire(wire);
    },
  });
}
