/** GPU time of one kernel (a compute pipeline's label) between two `take`s. */
export interface KernelTime {
  readonly label: string;
  readonly dispatchCount: number;
  readonly elapsedMs: number;
}

/** Queries of one set; WebGPU's limit is 4,096. */
const queriesPerSet = 4096;

/**
 * Times every dispatch of a device by timestamps, without the code that encodes them knowing: each dispatch gets a
 * compute pass of its own. Timestamps that the traced code asks for itself are not taken. Wall-clock times of a traced
 * device are longer than they would be; the time of each kernel is not.
 */
export class DispatchTrace {
  #device: GPUDevice | null = null;
  #sets: GPUQuerySet[] = [];
  #labels: string[] = [];

  /** Watches a device from now on, and no other; it must have `timestamp-query`. */
  watch(device: GPUDevice): void {
    this.#device = device;
    this.#sets = [];
    this.#labels = [];
    const createCommandEncoder = device.createCommandEncoder.bind(device);
    device.createCommandEncoder = (descriptor) => {
      const encoder = createCommandEncoder(descriptor);
      const beginComputePass = encoder.beginComputePass.bind(encoder);
      encoder.beginComputePass = () => this.#passes(beginComputePass);
      return encoder;
    };
  }

  /** Waits for everything submitted, and gives the kernels in the order of their first dispatch. */
  async take(): Promise<KernelTime[]> {
    const device = this.#device!;
    const labels = this.#labels;
    this.#labels = [];
    if (labels.length === 0) return [];
    const size = 16 * labels.length;
    const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    for (const [index, set] of this.#sets.entries()) {
      const count = Math.min(queriesPerSet, 2 * labels.length - index * queriesPerSet);
      if (count > 0) encoder.resolveQuerySet(set, 0, count, resolved, 8 * index * queriesPerSet);
    }
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const times = sumByLabel(labels, new BigUint64Array(staging.getMappedRange()));
    resolved.destroy();
    staging.destroy();
    return times;
  }

  /** Stands in for a pass: collects its state, and opens a real pass for each dispatch. */
  #passes(begin: GPUCommandEncoder['beginComputePass']): GPUComputePassEncoder {
    let pipeline: GPUComputePipeline | null = null;
    const groups = new Map<number, GPUBindGroup>();
    const dispatch = (workgroups: readonly [number, number, number]): void => {
      const pass = begin({ timestampWrites: this.#timestamps(pipeline!.label) });
      pass.setPipeline(pipeline!);
      for (const [index, group] of groups) pass.setBindGroup(index, group);
      pass.dispatchWorkgroups(...workgroups);
      pass.end();
    };
    const stand = {
      setPipeline: (next: GPUComputePipeline) => (pipeline = next),
      setBindGroup: (index: number, group: GPUBindGroup) => groups.set(index, group),
      dispatchWorkgroups: (x: number, y = 1, z = 1) => dispatch([x, y, z]),
      end: () => {},
    };
    return stand as unknown as GPUComputePassEncoder;
  }

  #timestamps(label: string): GPUComputePassTimestampWrites {
    const query = 2 * this.#labels.length;
    this.#labels.push(label);
    const set = Math.floor(query / queriesPerSet);
    this.#sets[set] ??= this.#device!.createQuerySet({ type: 'timestamp', count: queriesPerSet });
    const beginningOfPassWriteIndex = query % queriesPerSet;
    return {
      querySet: this.#sets[set],
      beginningOfPassWriteIndex,
      endOfPassWriteIndex: beginningOfPassWriteIndex + 1,
    };
  }
}

/**
 * Adds up pairs (begin, end) of nanoseconds by label.
 *
 * @param nanoseconds two for each label
 */
export function sumByLabel(labels: readonly string[], nanoseconds: BigUint64Array): KernelTime[] {
  const sums = new Map<string, { dispatchCount: number; elapsedMs: number }>();
  for (const [index, label] of labels.entries()) {
    const sum = sums.get(label) ?? { dispatchCount: 0, elapsedMs: 0 };
    // A counter that the driver resets gives an end before its beginning.
    const elapsed = Math.max(0, Number(nanoseconds[2 * index + 1]! - nanoseconds[2 * index]!));
    sums.set(label, { dispatchCount: sum.dispatchCount + 1, elapsedMs: sum.elapsedMs + elapsed / 1e6 });
  }
  return [...sums].map(([label, sum]) => ({ label, ...sum }));
}
