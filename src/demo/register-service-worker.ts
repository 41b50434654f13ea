/** Makes the page work offline from the next visit on. Called after the first rows, whose files come first. */
export function registerServiceWorker(base: URL): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register(new URL('service-worker.js', base)).catch(() => {
    // Private windows and plain http refuse: the page works, and needs the network at the next visit.
  });
}
