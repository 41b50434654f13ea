/**
 * Every error that Pocketrec raises on purpose: what, which, got, and what to do, with a stable `code`.
 *
 * What crossed the worker boundary becomes one of these again by `fromWire`, so a page can test `error.code` or
 * `instanceof` wherever the work ran.
 */

/** Base of all errors raised on purpose. `code` is stable across versions; the message may improve. */
export class RecommenderError extends Error {
  /** What went wrong, as a name that stays the same across versions, e.g. `NO_MODEL`. */
  declare readonly code: string;
}

/** An option or argument outside its documented range. */
export class InvalidOptionError extends RecommenderError {
  /** Always `INVALID_OPTION`: to tell errors apart without `instanceof`. */
  declare readonly code: 'INVALID_OPTION';
}

/** An item id that the loaded model or catalogue does not have. */
export class UnknownItemError extends RecommenderError {
  /** Always `UNKNOWN_ITEM`: to tell errors apart without `instanceof`. */
  declare readonly code: 'UNKNOWN_ITEM';
}

/** A history event that breaks the event contract (type, value, id or time). */
export class InvalidEventError extends RecommenderError {
  /** Always `INVALID_EVENT`: to tell errors apart without `instanceof`. */
  declare readonly code: 'INVALID_EVENT';
}

/** Interactions, a dataset or an import file that is malformed, truncated or altered. */
export class InvalidDataError extends RecommenderError {
  /** Always `INVALID_DATA`: to tell errors apart without `instanceof`. */
  declare readonly code: 'INVALID_DATA';
}

/** A model file that is truncated, altered, or not a model. */
export class CorruptModelError extends RecommenderError {
  /** Always `CORRUPT_MODEL`: to tell errors apart without `instanceof`. */
  declare readonly code: 'CORRUPT_MODEL';
}

/** A sound model that belongs to another catalogue, or was written by a newer format. */
export class ModelMismatchError extends RecommenderError {
  /** Always `MODEL_MISMATCH`: to tell errors apart without `instanceof`. */
  declare readonly code: 'MODEL_MISMATCH';
}

/** A call that needs a model before one was loaded or trained. */
export class NoModelError extends RecommenderError {
  /** Always `NO_MODEL`: to tell errors apart without `instanceof`. */
  declare readonly code: 'NO_MODEL';
}

/** Nothing is left to answer with: an empty history where one is needed, or filters that leave no item. */
export class EmptyResultError extends RecommenderError {
  /** Always `EMPTY_RESULT`: to tell errors apart without `instanceof`. */
  declare readonly code: 'EMPTY_RESULT';
}

/** IndexedDB refused: denied, full, blocked by another tab, or gone. The history in memory is kept. */
export class StorageError extends RecommenderError {
  /** Always `STORAGE`: to tell errors apart without `instanceof`. */
  declare readonly code: 'STORAGE';
}

/** The GPU was asked for and there is none: no `navigator.gpu`, no adapter, or no device. */
export class GpuUnavailableError extends RecommenderError {
  /** Always `GPU_UNAVAILABLE`: to tell errors apart without `instanceof`. */
  declare readonly code: 'GPU_UNAVAILABLE';
}

/** The request does not fit the GPU's limits. The message has the numbers and what would fit. */
export class GpuLimitError extends RecommenderError {
  /** Always `GPU_LIMIT`: to tell errors apart without `instanceof`. */
  declare readonly code: 'GPU_LIMIT';
}

/** The GPU device was lost during the call. */
export class DeviceLostError extends RecommenderError {
  /** Always `DEVICE_LOST`: to tell errors apart without `instanceof`. */
  declare readonly code: 'DEVICE_LOST';
}

/** The engine's worker died during the call. */
export class WorkerLostError extends RecommenderError {
  /** Always `WORKER_LOST`: to tell errors apart without `instanceof`. */
  declare readonly code: 'WORKER_LOST';
}

/** A call on something already disposed of. */
export class DisposedError extends RecommenderError {
  /** Always `DISPOSED`: to tell errors apart without `instanceof`. */
  declare readonly code: 'DISPOSED';
}

const errorClasses = {
  RecommenderError,
  InvalidOptionError,
  UnknownItemError,
  InvalidEventError,
  InvalidDataError,
  CorruptModelError,
  ModelMismatchError,
  NoModelError,
  EmptyResultError,
  StorageError,
  GpuUnavailableError,
  GpuLimitError,
  DeviceLostError,
  WorkerLostError,
  DisposedError,
} as const;

const codes: { readonly [Name in keyof typeof errorClasses]: InstanceType<(typeof errorClasses)[Name]>['code'] } = {
  RecommenderError: 'RECOMMENDER',
  InvalidOptionError: 'INVALID_OPTION',
  UnknownItemError: 'UNKNOWN_ITEM',
  InvalidEventError: 'INVALID_EVENT',
  InvalidDataError: 'INVALID_DATA',
  CorruptModelError: 'CORRUPT_MODEL',
  ModelMismatchError: 'MODEL_MISMATCH',
  NoModelError: 'NO_MODEL',
  EmptyResultError: 'EMPTY_RESULT',
  StorageError: 'STORAGE',
  GpuUnavailableError: 'GPU_UNAVAILABLE',
  GpuLimitError: 'GPU_LIMIT',
  DeviceLostError: 'DEVICE_LOST',
  WorkerLostError: 'WORKER_LOST',
  DisposedError: 'DISPOSED',
};

// Set here and not from `new.target.name`: a minifier renames classes, but not the keys of these tables.
for (const [name, errorClass] of Object.entries(errorClasses)) {
  Object.assign(errorClass.prototype, { name, code: codes[name as keyof typeof codes] });
}

/** An error as plain data, as it crosses by `postMessage`. */
export type WireError = Pick<Error, 'name' | 'message' | 'stack'>;

/** The error that crossed as plain data, of the same class where it is one of ours. */
export function fromWire(wire: WireError): Error {
  if (Object.hasOwn(errorClasses, wire.name)) {
    return new errorClasses[wire.name as keyof typeof errorClasses](wire.message, { cause: wire.stack });
  }
  if (wire.name === 'AbortError') return new DOMException(wire.message, 'AbortError');
  const error = new Error(wire.message, { cause: wire.stack });
  error.name = wire.name;
  return error;
}

/** What a caught value says. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** A wrong value as an error names it: text in quotation marks. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
