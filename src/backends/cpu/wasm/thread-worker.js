/**
 * The worker side of `WorkerThread`: WebAssembly kernels with one block of memory, which run one job after another.
 * Browsers and Node run this file without a build, so it is JavaScript and imports nothing.
 */
const port = globalThis.process?.getBuiltinModule?.('node:worker_threads').parentPort ?? globalThis;
let kernels;

port.onmessage = ({ data: { start, writes, calls, reads } }) => {
  if (start) {
    kernels = new WebAssembly.Instance(start.module).exports;
    kernels.reserve(start.byteLength);
    if (kernels.memory.buffer.byteLength < start.byteLength) throw new RangeError('Not enough memory.');
    // The lock is held for life: when it becomes free, this worker has died. No job arrives before it is held.
    const live = () => {
      port.postMessage(null);
      return new Promise(() => {});
    };
    if (start.lock) navigator.locks.request(start.lock, live).catch(reportError);
    else void live();
    return;
  }
  const memory = new Uint8Array(kernels.memory.buffer);
  for (const [address, { buffer, byteOffset, byteLength }] of writes) {
    memory.set(new Uint8Array(buffer, byteOffset, byteLength), address);
  }
  const results = calls.map(([kernel, ...args]) => kernels[kernel](...args));
  const copies = reads.map(([address, length]) => memory.slice(address, address + length));
  port.postMessage(
    { results, copies },
    copies.map(({ buffer }) => buffer),
  );
};
