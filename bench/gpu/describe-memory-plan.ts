import type { MemoryPlan } from '../../src/backends/webgpu/training/memory-plan.ts';

/** A plan as a table for people, one line an array, sizes in MB (10⁶ bytes). */
export function describeMemoryPlan(plan: MemoryPlan): string[] {
  const { arrays, byteLength, largestBindingByteLength, readBackByteLength, obstacles, alternatives: others } = plan;
  const line = (name: string, bytes: number, note = ''): string => `  ${name.padEnd(28)} ${megabytes(bytes)}${note}`;
  return [
    ...arrays.map(({ name, byteLength: bytes, partCount }) =>
      line(name, bytes, partCount > 1 ? `  in ${partCount} buffers` : ''),
    ),
    line('all', byteLength, `  largest binding ${megabytes(largestBindingByteLength).trim()}`),
    line('while factors are read back', readBackByteLength, '  more'),
    ...obstacles.map((obstacle) => `  does not fit: ${obstacle}`),
    ...others.map((other) => `  would fit: ${other}`),
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1).padStart(8)} MB`;
}
