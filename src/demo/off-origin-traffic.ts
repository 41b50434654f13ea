import { signal } from '@preact/signals';

/** What the browser's Resource Timing says of requests to other origins. */
export interface OffOriginTraffic {
  readonly requestCount: number;
  /** Σ of the sizes that the browser tells; a request whose size it hides counts 1. */
  readonly byteCount: number;
  /** All requests seen, to whichever origin. */
  readonly observedCount: number;
}

/** Adds one entry of the Resource Timing to the sums. `data:` and `blob:` addresses go nowhere. */
export function addEntry(
  traffic: OffOriginTraffic,
  entry: Pick<PerformanceResourceTiming, 'name' | 'transferSize' | 'encodedBodySize'>,
  ownOrigin: string,
): OffOriginTraffic {
  const observed = { ...traffic, observedCount: traffic.observedCount + 1 };
  const { protocol, origin } = new URL(entry.name, ownOrigin);
  if (protocol === 'data:' || protocol === 'blob:' || origin === ownOrigin) return observed;
  return {
    ...observed,
    requestCount: traffic.requestCount + 1,
    byteCount: traffic.byteCount + Math.max(1, entry.transferSize, entry.encodedBodySize),
  };
}

export const offOriginTraffic = signal<OffOriginTraffic>({ requestCount: 0, byteCount: 0, observedCount: 0 });

/** Watches every request of this page from now on, those already made included. */
export function watchOffOriginTraffic(): void {
  const observer = new PerformanceObserver((list) => {
    let traffic = offOriginTraffic.value;
    for (const entry of list.getEntries())
      traffic = addEntry(traffic, entry as PerformanceResourceTiming, location.origin);
    offOriginTraffic.value = traffic;
  });
  observer.observe({ type: 'resource', buffered: true });
}
