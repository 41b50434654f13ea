import { cpus, loadavg } from 'node:os';

/**
 * One line for the head of a part: the command, where it ran, and what else the machine was doing. A load average of
 * a core or more at the start makes times longer and their spread wider.
 */
export function describeRun(command: string): string {
  const [processor] = cpus();
  const load = loadavg()[0]!.toFixed(1);
  const node = `Node ${process.version}, V8 ${process.versions.v8}`;
  return `${command} · ${node} · ${processor?.model ?? 'unknown processor'}, ${cpus().length} threads · load ${load}`;
}
