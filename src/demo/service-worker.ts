/**
 * Keeps every file of the build for offline visits. `self.__PRECACHE` is filled in by the build: each file with the
 * hash of its bytes, so that an update fetches only what changed.
 */
import { cleanupOutdatedCaches, PrecacheController, PrecacheRoute } from 'workbox-precaching';

declare const self: {
  readonly __PRECACHE: readonly { readonly url: string; readonly revision: string }[];
  addEventListener(type: 'install' | 'activate' | 'fetch', listener: (event: ExtendableEventLike) => void): void;
  skipWaiting(): Promise<void>;
};
/** The parts of the service worker's events that are used here; the DOM library does not have them. */
interface ExtendableEventLike {
  readonly request: Request;
  waitUntil(promise: Promise<unknown>): void;
  respondWith(response: Promise<Response>): void;
}

const controller = new PrecacheController();
// Static hosts that answer CORS send `Vary: Origin`; the files are the same whoever asks.
controller.strategy.matchOptions = { ignoreVary: true };
// Listens to `install` and `activate` by itself.
controller.precache([...self.__PRECACHE]);
const route = new PrecacheRoute(controller, {
  directoryIndex: 'index.html',
  ignoreURLParametersMatching: [/^backend$/u, /^storage$/u],
});

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const matched =
    request.method === 'GET'
      ? route.match({ url, request, event: event as never, sameOrigin: url.origin === location.origin })
      : null;
  if (!matched) return;
  const params = typeof matched === 'object' && !Array.isArray(matched) ? matched : {};
  event.respondWith(route.handler.handle({ url, request, event: event as never, params: params as never }));
});
cleanupOutdatedCaches();
