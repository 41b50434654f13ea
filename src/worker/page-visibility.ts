/** True if the page is visible, or if there is no page. */
export function isPageVisible(): boolean {
  return globalThis.document === undefined || document.visibilityState !== 'hidden';
}

/** Resolves when the page is visible; rejects with the signal's reason as soon as it is aborted. */
export async function pageVisible(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (isPageVisible()) return;
  await new Promise<void>((resolve, reject) => {
    const settled = new AbortController();
    document.addEventListener(
      'visibilitychange',
      () => {
        if (!isPageVisible()) return;
        settled.abort();
        resolve();
      },
      { signal: settled.signal },
    );
    signal.addEventListener(
      'abort',
      () => {
        settled.abort();
        reject(signal.reason as Error);
      },
      { signal: settled.signal },
    );
  });
}
