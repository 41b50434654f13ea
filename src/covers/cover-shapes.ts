/** Which ink a shape is printed in. */
export type CoverTone = 'shade' | 'accent' | 'second' | 'ink' | 'ground';

/** One printed shape: a path in a field of 200 × 200 whose origin is the upper left corner. */
export interface CoverShape {
  readonly path: string;
  readonly tone: CoverTone;
  /** Given for a drawn line instead of a filled area: its width. */
  readonly line?: number;
}

export const fill = (tone: CoverTone, ...paths: readonly string[]): CoverShape => ({ tone, path: paths.join('') });
export const line = (tone: CoverTone, width: number, ...paths: readonly string[]): CoverShape => ({
  tone,
  line: width,
  path: paths.join(''),
});

const round = (value: number) => Math.round(value * 10) / 10;

/** A closed polygon through `x, y, x, y, …`. */
export function polygon(...coordinates: readonly number[]): string {
  const points: string[] = [];
  for (let at = 0; at + 1 < coordinates.length; at += 2)
    points.push(`${round(coordinates[at]!)} ${round(coordinates[at + 1]!)}`);
  return `M${points.join('L')}Z`;
}

export const rectangle = (x: number, y: number, width: number, height: number) =>
  `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}Z`;

export const circle = (x: number, y: number, radius: number) => ellipse(x, y, radius, radius);

export const ellipse = (x: number, y: number, rx: number, ry: number, tilt = 0) => {
  const dx = rx * Math.cos((tilt * Math.PI) / 180);
  const dy = rx * Math.sin((tilt * Math.PI) / 180);
  const arc = `A${round(rx)} ${round(ry)} ${tilt} 1 1`;
  return `M${round(x - dx)} ${round(y - dy)}${arc} ${round(x + dx)} ${round(y + dy)}${arc} ${round(x - dx)} ${round(y - dy)}Z`;
};

/** Half a disc, flat side towards `angle` degrees (0: flat side below). */
export function halfDisc(x: number, y: number, radius: number, angle = 0): string {
  const turn = (angle * Math.PI) / 180;
  const dx = radius * Math.cos(turn);
  const dy = radius * Math.sin(turn);
  return `M${round(x - dx)} ${round(y - dy)}A${round(radius)} ${round(radius)} 0 0 1 ${round(x + dx)} ${round(y + dy)}Z`;
}

/** A star of `points` rays; `inner` is the inner radius as a share of the outer one. */
export function star(x: number, y: number, radius: number, { points = 5, inner = 0.4, turn = -90 } = {}): string {
  const coordinates: number[] = [];
  for (let corner = 0; corner < points * 2; corner++) {
    const angle = ((turn + (corner * 180) / points) * Math.PI) / 180;
    const length = corner % 2 === 0 ? radius : radius * inner;
    coordinates.push(x + length * Math.cos(angle), y + length * Math.sin(angle));
  }
  return polygon(...coordinates);
}

/** A wedge of a sunburst. */
export function ray(
  x: number,
  y: number,
  angle: number,
  { spread, length }: { spread: number; length: number },
): string {
  const from = ((angle - spread / 2) * Math.PI) / 180;
  const to = ((angle + spread / 2) * Math.PI) / 180;
  return polygon(
    x,
    y,
    x + length * Math.cos(from),
    y + length * Math.sin(from),
    x + length * Math.cos(to),
    y + length * Math.sin(to),
  );
}

/** The outline of ground with hills: `heights` at equal steps from left to right, closed along the lower edge. */
export function ridge(heights: readonly number[], bottom = 200): string {
  const step = 200 / (heights.length - 1);
  const points = heights.flatMap((height, index) => [index * step, height]);
  return polygon(...points, 200, bottom, 0, bottom);
}

/** Soft waves along the width. */
export function swell(y: number, { depth, waves, bottom }: { depth: number; waves: number; bottom: number }): string {
  const step = 200 / waves;
  let path = `M0 ${round(y)}`;
  for (let wave = 0; wave < waves; wave++)
    path += `q${round(step / 2)} ${round(wave % 2 === 0 ? -depth : depth)} ${round(step)} 0`;
  return `${path}V${bottom}H0Z`;
}
