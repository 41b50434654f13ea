import { transferHandlers } from 'comlink';
import { fromWire, toWire, type WireError } from '../errors.ts';

/**
 * Comlink rebuilds every thrown value as a bare `Error`. With this handler in place on both sides, an error keeps its
 * class, its `code` and its message, so that `instanceof` works on the page. Call it before the first message.
 */
export function keepErrorClasses(): void {
  const comlinkHandler = transferHandlers.get('throw');
  if (!comlinkHandler) throw new Error('Internal: Comlink has no handler for thrown values.');
  transferHandlers.set('throw', {
    canHandle: (value): value is { value: unknown } => comlinkHandler.canHandle(value),
    serialize: (thrown: { value: unknown }) => [toWire(thrown.value), []],
    deserialize: (wire: WireError): never => {
      throw fromWire(wire);
    },
  });
}
