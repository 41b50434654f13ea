/** A way out of a failure: a link to this page with another query, or starting again. */
export interface WayOut {
  readonly label: string;
  /** The query to load the page with; null reloads it as it is. */
  readonly query: string | null;
}

/** A failure in words for the visitor. */
export interface Failure {
  readonly title: string;
  readonly advice: string;
  /** The error's own message, for those who want to know. */
  readonly detail: string;
  readonly waysOut: readonly WayOut[];
}

const again: WayOut = { label: 'Try again', query: null };

/** Says what a start-up error means and what can be done about it. */
export function describeFailure(error: unknown): Failure {
  const name = error instanceof Error ? error.name : '';
  const detail = error instanceof Error ? error.message : String(error);
  switch (name) {
    case 'GpuUnavailableError':
      return {
        title: 'No GPU answered',
        advice:
          'The address of this page asks for WebGPU, and this browser has none to offer. Everything also works on the CPU.',
        detail,
        waysOut: [
          { label: 'Use whatever works best', query: '?backend=auto' },
          { label: 'Use the CPU', query: '?backend=cpu' },
        ],
      };
    case 'InvalidDataError':
      return {
        title: 'The film catalogue is damaged',
        advice: 'A file did not arrive whole, or is not the one that was published. Loading it again usually helps.',
        detail,
        waysOut: [again],
      };
    case 'CorruptModelError':
    case 'ModelMismatchError':
      return {
        title: 'The recommender’s model cannot be used',
        advice:
          'Its file is damaged or belongs to another catalogue. Your history is safe. Loading it again usually helps.',
        detail,
        waysOut: [again],
      };
    case 'StorageError':
      return {
        title: 'This browser does not let the page keep your history',
        advice:
          'Another tab may be holding the storage, it may be full, or it is switched off. Close other tabs of this page and try again, or go on without keeping anything.',
        detail,
        waysOut: [again, { label: 'Go on without storage', query: '?storage=memory' }],
      };
    case 'WorkerLostError':
      return {
        title: 'The recommender stopped',
        advice: 'The browser ended its background worker, perhaps for lack of memory. Your history is safe.',
        detail,
        waysOut: [again],
      };
    default:
      return {
        title: 'Something went wrong',
        advice: 'The page could not start. Your history is safe.',
        detail,
        waysOut: [again, { label: 'Use the CPU', query: '?backend=cpu' }],
      };
  }
}
