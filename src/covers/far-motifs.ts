/** Pictures for other worlds, journeys, fights and facts. */
import { circle, ellipse, fill, halfDisc, line, polygon, ray, rectangle, ridge, star, swell } from './cover-shapes.ts';
import { between, dots, times, type Motif } from './motif.ts';

export const planet: Motif = (random) => {
  const x = between(random, 70, 130);
  const y = between(random, 88, 116);
  const radius = between(random, 42, 58);
  const tilt = Math.round(between(random, -30, 30));
  return [
    fill('ink', ...dots(random, 16, { bottom: 194, size: 1.8 })),
    fill('accent', circle(x, y, radius)),
    fill(
      'second',
      `M${x} ${y - radius}a${radius} ${radius} 0 0 1 0 ${2 * radius}a${radius * 1.5} ${radius * 1.5} 0 0 0 0 ${-2 * radius}Z`,
    ),
    line('ink', 3, ellipse(x, y, radius * 1.62, radius * 0.34, tilt)),
  ];
};

export const orbits: Motif = (random) => {
  const x = between(random, 80, 120);
  const radii = [28, 50, 72, 94];
  return [
    fill('shade', circle(x, 100, 94)),
    line('ink', 1.5, ...radii.slice(1).map((radius) => circle(x, 100, radius))),
    fill('accent', circle(x, 100, 26)),
    fill(
      'second',
      ...radii.slice(1).map((radius) => {
        const angle = between(random, 0, 2 * Math.PI);
        return circle(x + radius * Math.cos(angle), 100 + radius * Math.sin(angle), between(random, 4, 9));
      }),
    ),
  ];
};

export const horizonGrid: Motif = (random) => {
  const horizon = between(random, 112, 126);
  return [
    fill('accent', halfDisc(100, horizon, between(random, 50, 66))),
    line('ground', 5, ...times(4, (index) => `M20 ${horizon - 8 - index * 13}h160`)),
    fill('shade', rectangle(0, horizon, 200, 200 - horizon)),
    line(
      'second',
      1.5,
      ...times(11, (index) => `M100 ${horizon}L${-200 + index * 50} 200`),
      ...times(5, (index) => `M0 ${horizon + (index * index * 74) / 20 + 2}h200`),
    ),
  ];
};

export const sunburst: Motif = (random) => {
  const x = between(random, 60, 140);
  const y = between(random, 110, 160);
  const turn = between(random, 0, 20);
  return [
    fill('shade', ...times(12, (index) => ray(x, y, turn + index * 30, { spread: 15, length: 260 }))),
    fill('accent', star(x, y, between(random, 62, 84), { points: 9 + Math.floor(random() * 5), inner: 0.55, turn })),
    fill('second', star(x, y, 40, { points: 8, inner: 0.6, turn })),
  ];
};

export const speed: Motif = (random) => {
  const slope = between(random, 70, 120);
  const bar = (y: number, height: number, from: number) =>
    polygon(from, y, 220, y - slope, 220, y - slope + height, from, y + height);
  return [
    fill('shade', bar(140, 60, -20)),
    fill('accent', bar(between(random, 176, 196), 26, between(random, -20, 50))),
    fill('second', bar(between(random, 130, 148), 12, between(random, 20, 90))),
    fill('ink', bar(218, 7, -20), circle(between(random, 140, 166), between(random, 50, 78), 16)),
  ];
};

export const peaks: Motif = (random) => [
  fill('accent', circle(between(random, 54, 146), between(random, 54, 74), between(random, 24, 36))),
  fill('second', polygon(-30, 200, between(random, 40, 70), between(random, 72, 92), 150, 200)),
  fill('shade', polygon(40, 200, between(random, 116, 146), between(random, 88, 110), 240, 200)),
  fill('ink', ridge(times(7, () => between(random, 164, 186)))),
];

export const compass: Motif = (random) => {
  const turn = between(random, -30, 30);
  return [
    fill('shade', circle(100, 100, 88)),
    line('ink', 2, circle(100, 100, 78)),
    fill('second', star(100, 100, 54, { points: 4, inner: 0.3, turn: turn - 45 })),
    fill('accent', star(100, 100, 84, { points: 4, inner: 0.2, turn })),
  ];
};

export const sail: Motif = (random) => {
  const x = between(random, 88, 112);
  return [
    fill('shade', circle(between(random, 50, 150), 84, between(random, 50, 64))),
    fill('accent', `M${x} 28Q${x + 66} 90 ${x + 58} 138H${x}Z`),
    fill('second', `M${x - 6} 52Q${x - 50} 100 ${x - 48} 138h42Z`),
    fill(
      'ink',
      polygon(x - 60, 144, x + 70, 144, x + 48, 164, x - 42, 164),
      swell(176, { depth: 14, waves: 5, bottom: 200 }),
    ),
  ];
};

export const castle: Motif = (random) => {
  const tower = (x: number, width: number, top: number) =>
    `${rectangle(x, top, width, 200 - top)}${polygon(x - 5, top, x + width / 2, top - width * 1.5, x + width + 5, top)}`;
  return [
    fill('ink', ...dots(random, 12, { bottom: 100, size: 1.8 })),
    fill('accent', circle(between(random, 50, 150), between(random, 62, 84), between(random, 34, 48))),
    fill(
      'shade',
      tower(28, 26, between(random, 116, 140)),
      tower(144, 28, between(random, 104, 134)),
      rectangle(20, 150, 160, 50),
    ),
    fill('second', tower(84, 32, between(random, 84, 104))),
    fill('ground', `M92 200v-20a8 8 0 0 1 16 0v20Z`),
  ];
};

export const crescent: Motif = (random) => {
  const radius = between(random, 54, 68);
  return [
    fill('shade', circle(100, 100, 92)),
    fill(
      'accent',
      `M${100 + radius * 0.3} ${100 - radius}a${radius} ${radius} 0 1 0 ${radius * 0.5} ${radius * 1.6}a${radius * 0.84} ${radius * 0.84} 0 1 1 ${-radius * 0.5} ${-radius * 1.6}Z`,
    ),
    fill(
      'second',
      ...times(5, () =>
        star(between(random, 100, 178), between(random, 36, 164), between(random, 6, 15), { points: 4, inner: 0.3 }),
      ),
    ),
  ];
};

export const chevrons: Motif = (random) => {
  const step = between(random, 30, 38);
  return times(4, (index) => {
    const y = 168 - index * step;
    return fill(
      (['shade', 'ink', 'accent', 'second'] as const)[index]!,
      polygon(16, y, 100, y - 54, 184, y, 184, y + 22, 100, y - 32, 16, y + 22),
    );
  });
};

export const flagSun: Motif = (random) => {
  const x = between(random, 60, 140);
  return [
    fill('shade', ...times(8, (index) => ray(x, 120, index * 45 + 11, { spread: 20, length: 260 }))),
    fill('accent', circle(x, 120, between(random, 40, 52))),
    fill('ink', ridge(times(9, () => between(random, 158, 182)))),
    fill('second', ...times(3, (index) => polygon(40 + index * 52, 182, 52 + index * 52, 152, 64 + index * 52, 182))),
  ];
};

export const mesa: Motif = (random) => {
  const left = between(random, 14, 40);
  const height = between(random, 96, 116);
  return [
    fill('accent', circle(between(random, 90, 150), between(random, 78, 100), between(random, 42, 56))),
    fill('shade', polygon(left, 164, left + 14, height, left + 66, height, left + 82, 164)),
    fill('second', polygon(120, 170, 136, 130, 176, 130, 196, 170)),
    fill('ink', rectangle(0, 162, 200, 38), `M154 166v-62a5 5 0 0 1 10 0v20h8v-12a4.5 4.5 0 0 1 9 0v21h-17v33Z`),
  ];
};

export const lawStar: Motif = (random) => [
  fill(
    'shade',
    ...times(10, (index) => ray(100, 100, index * 36 + between(random, 0, 4), { spread: 18, length: 150 })),
  ),
  fill('accent', star(100, 100, 84, { points: 5 + Math.floor(random() * 2), inner: 0.5 })),
  fill('second', circle(100, 100, 30)),
  line('ink', 2.5, circle(100, 100, 37)),
];

export const contactSheet: Motif = (random) => {
  const chosen = Math.floor(random() * 9);
  const frames = times(9, (index) => ({ x: 14 + (index % 3) * 60, y: 14 + Math.floor(index / 3) * 60, index }));
  return [
    fill('shade', ...frames.filter(({ index }) => index !== chosen).map(({ x, y }) => rectangle(x, y, 52, 52))),
    fill(
      'ink',
      ...frames
        .filter(({ index }) => index !== chosen && random() < 0.55)
        .map(({ x, y }) => halfDisc(x + 26, y + 52, between(random, 10, 24))),
    ),
    fill(
      'accent',
      ...frames.filter(({ index }) => index === chosen).map(({ x, y }) => rectangle(x - 4, y - 4, 60, 60)),
    ),
    fill('ground', ...frames.filter(({ index }) => index === chosen).map(({ x, y }) => circle(x + 26, y + 26, 16))),
  ];
};

export const aperture: Motif = (random) => {
  const turn = between(random, 0, 60);
  return [
    fill('shade', circle(100, 100, 90)),
    fill('ink', circle(100, 100, 74)),
    fill('accent', star(100, 100, 70, { points: 6, inner: 0.62, turn })),
    fill('ground', star(100, 100, between(random, 24, 38), { points: 6, inner: 0.87, turn: turn + 15 })),
  ];
};
