/** Pictures for horror, thrillers, crime and mysteries. */
import { circle, ellipse, fill, line, polygon, rectangle, ridge } from './cover-shapes.ts';
import { between, times, type Motif } from './motif.ts';

export const bareTrees: Motif = (random) => {
  const tree = (x: number, height: number) => {
    const top = 200 - height;
    return `M${x - 4} 200L${x - 1} ${top}h2L${x + 4} 200ZM${x} ${top + height * 0.3}l${-height * 0.2} ${-height * 0.2}l${height * 0.2} ${height * 0.28}ZM${x} ${top + height * 0.42}l${height * 0.24} ${-height * 0.24}l${-height * 0.24} ${height * 0.33}Z`;
  };
  return [
    fill('accent', circle(between(random, 70, 130), between(random, 66, 84), between(random, 38, 54))),
    fill('shade', ridge(times(6, () => between(random, 146, 168)))),
    fill('ink', ...times(5, (index) => tree(18 + index * 41 + between(random, -9, 9), between(random, 90, 158)))),
  ];
};

export const eye: Motif = (random) => {
  const y = between(random, 92, 108);
  return [
    fill('shade', `M6 ${y}Q100 ${y - 104} 194 ${y}Q100 ${y + 104} 6 ${y}Z`),
    fill('accent', circle(100, y, 44)),
    fill('ground', ellipse(100, y, between(random, 7, 15), 40)),
    line(
      'ink',
      3,
      ...times(
        7,
        (index) => `M${28 + index * 24} ${y - 52 - Math.sin(((index + 1) * Math.PI) / 8) * 12}l${(index - 3) * 5} -26`,
      ),
    ),
  ];
};

export const drips: Motif = (random) => {
  let path = 'M0 0H200V44';
  for (let x = 200; x > 0; x -= 25) {
    const length = between(random, 14, 118);
    path += `v${length}a6 6 0 0 1 -12.5 0v${-length + 8}a6.2 6.2 0 0 0 -12.5 0`;
  }
  return [fill('shade', circle(100, 120, 70)), fill('accent', `${path}V0Z`)];
};

export const turningSquares: Motif = (random) => {
  const turn = between(random, 8, 14);
  const square = (half: number, angle: number) => {
    const corners = times(4, (corner) => ((angle + corner * 90 + 45) * Math.PI) / 180);
    return polygon(
      ...corners.flatMap((corner) => [
        100 + half * Math.SQRT2 * Math.cos(corner),
        100 + half * Math.SQRT2 * Math.sin(corner),
      ]),
    );
  };
  return times(7, (index) => fill((['shade', 'accent'] as const)[index % 2]!, square(92 - index * 13.5, index * turn)));
};

export const target: Motif = (random) => {
  const x = between(random, 72, 128);
  const y = between(random, 80, 116);
  return [
    ...times(6, (index) =>
      fill(index % 2 === 0 ? 'shade' : 'accent', circle(x + index * 2, y + index, 96 - index * 17)),
    ),
    line('ink', 2, `M${x} 0V200M0 ${y}H200`),
  ];
};

export const stairs: Motif = (random) => {
  const steps = 6 + Math.floor(random() * 3);
  const width = 200 / steps;
  return [
    fill('accent', circle(between(random, 40, 80), between(random, 44, 66), between(random, 22, 34))),
    fill('shade', ...times(steps, (index) => rectangle(index * width, 196 - index * (150 / steps), width + 0.5, 200))),
    fill('ink', ...times(steps, (index) => rectangle(index * width, 196 - index * (150 / steps), width + 0.5, 4))),
    fill(
      'second',
      circle(200 - width / 2, 196 - (steps - 1) * (150 / steps) - 26, 7),
      rectangle(200 - width / 2 - 4, 196 - (steps - 1) * (150 / steps) - 20, 8, 20),
    ),
  ];
};

export const blinds: Motif = (random) => {
  const slant = between(random, -16, 16);
  return [
    fill('accent', circle(between(random, 70, 130), between(random, 84, 116), between(random, 60, 74))),
    fill(
      'ground',
      ...times(9, (index) =>
        polygon(
          -10,
          index * 24 - slant,
          210,
          index * 24 + slant,
          210,
          index * 24 + slant + 11,
          -10,
          index * 24 - slant + 11,
        ),
      ),
    ),
    fill(
      'shade',
      ...times(9, (index) =>
        polygon(
          -10,
          index * 24 - slant + 8,
          210,
          index * 24 + slant + 8,
          210,
          index * 24 + slant + 11,
          -10,
          index * 24 - slant + 11,
        ),
      ),
    ),
  ];
};

export const fingerprint: Motif = (random) => [
  fill('shade', ellipse(100, 100, 80, 96)),
  line(
    'accent',
    5,
    ...times(7, (index) => {
      const rx = 10 + index * 10;
      const shift = between(random, -4, 4);
      return `M${100 - rx + shift} ${150 + index * 4}V96a${rx} ${rx * 1.14} 0 0 1 ${2 * rx} 0v${40 + between(random, 0, 26)}`;
    }),
  ),
];

export const skyline: Motif = (random) => {
  const towers = times(8, (index) => ({ x: index * 25, top: between(random, 62, 150) }));
  return [
    fill('second', circle(between(random, 40, 160), between(random, 42, 64), between(random, 18, 30))),
    fill('shade', ...towers.map(({ x, top }) => rectangle(x - 8, top - 18, 25.5, 220 - top))),
    fill('ink', ...towers.map(({ x, top }) => rectangle(x, top + 16, 25.5, 200 - top))),
    fill(
      'accent',
      ...towers.flatMap(({ x, top }) =>
        times(6, (index) =>
          random() < 0.6 ? rectangle(x + 5 + (index % 2) * 9, top + 24 + Math.floor(index / 2) * 14, 5, 7) : '',
        ),
      ),
    ),
  ];
};

export const keyhole: Motif = (random) => {
  const size = between(random, 0.86, 1.1);
  return [
    fill('shade', circle(100, 100, 90)),
    fill(
      'accent',
      circle(100, 76, 36 * size),
      polygon(100 - 14, 84, 100 + 14, 84, 100 + 34 * size, 168, 100 - 34 * size, 168),
    ),
    fill('second', polygon(100, 90, 100 + 12 * size, 168, 100 - 12 * size, 168), circle(100, 82, 9)),
  ];
};

export const lens: Motif = (random) => {
  const x = between(random, 74, 96);
  return [
    fill('shade', ...times(6, (index) => rectangle(16, 24 + index * 28, between(random, 90, 168), 9))),
    line('ink', 13, `M${x + 40} 128L${x + 84} 178`),
    fill('accent', circle(x, 88, 58)),
    fill('ground', circle(x, 88, 46)),
    fill('second', ...times(4, (index) => rectangle(x - 32, 62 + index * 15, between(random, 34, 62), 6))),
  ];
};

export const streetLamp: Motif = (random) => {
  const x = between(random, 60, 140);
  return [
    fill('shade', polygon(x, 34, x - 74, 184, x + 74, 184)),
    fill('accent', ellipse(x, 184, 74, 13), circle(x, 34, 13)),
    fill('ink', rectangle(x - 2.5, 40, 5, 146), polygon(x - 20, 26, x + 20, 26, x + 10, 10, x - 10, 10)),
    fill('second', ellipse(x + 34, 118, 17, 4), rectangle(x + 25, 106, 18, 10), `M${x + 22} 184l4 -58q8 -6 16 0l4 58Z`),
  ];
};
