import type { CoverGenre } from './cover-palettes.ts';
import {
  type CoverShape,
  circle,
  ellipse,
  fill,
  halfDisc,
  line,
  polygon,
  ray,
  rectangle,
  ridge,
  star,
  swell,
} from './cover-shapes.ts';

/** Numbers in [0, 1), different for every film and always the same for one. */
type Random = () => number;
/** A picture in the 200 × 200 field. */
type Motif = (random: Random) => CoverShape[];

const between = (random: Random, low: number, high: number) => low + (high - low) * random();
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const dots = (random: Random, count: number, { bottom, size }: { bottom: number; size: number }) =>
  times(count, () => circle(between(random, 6, 194), between(random, 6, bottom), between(random, size * 0.4, size)));

const planet: Motif = (random) => {
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
const orbits: Motif = (random) => {
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
const horizonGrid: Motif = (random) => {
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

const bareTrees: Motif = (random) => {
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
const eye: Motif = (random) => {
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
const drips: Motif = (random) => {
  let path = 'M0 0H200V44';
  for (let x = 200; x > 0; x -= 25) {
    const length = between(random, 14, 118);
    path += `v${length}a6 6 0 0 1 -12.5 0v${-length + 8}a6.2 6.2 0 0 0 -12.5 0`;
  }
  return [fill('shade', circle(100, 120, 70)), fill('accent', `${path}V0Z`)];
};

const overlap: Motif = (random) => {
  const radius = between(random, 44, 56);
  const apart = radius * between(random, 0.5, 0.66);
  const lift = between(random, -14, 14);
  const height = Math.sqrt(radius * radius - apart * apart - lift * lift * 0.5);
  return [
    fill('accent', circle(100 - apart, 100 - lift, radius)),
    fill('second', circle(100 + apart, 100 + lift, radius)),
    line('ink', 2.5, `M${100 - apart} ${100 - lift + radius}q${apart} ${height * 0.5} ${apart * 2} ${lift * 2}`),
  ];
};
const heart: Motif = (random) => {
  const size = between(random, 0.86, 1.12);
  const at = (x: number, y: number) => `${100 + x * size} ${100 + y * size}`;
  const shape = `M${at(0, 62)}C${at(-96, 0)} ${at(-60, -72)} ${at(0, -30)}C${at(60, -72)} ${at(96, 0)} ${at(0, 62)}Z`;
  return [
    fill('shade', circle(100, 98, 88)),
    fill('accent', shape),
    fill('second', `M${at(0, 62)}C${at(-96, 0)} ${at(-60, -72)} ${at(0, -30)}Z`),
    line('ground', 3, `M${at(-20, -42)}L${at(8, -8)}L${at(-10, 16)}L${at(6, 40)}`),
  ];
};
const sunOnWater: Motif = (random) => {
  const x = between(random, 70, 130);
  const y = between(random, 96, 112);
  return [
    fill('shade', rectangle(0, y, 200, 200 - y)),
    fill('accent', halfDisc(x, y, between(random, 46, 62))),
    fill('second', ...times(6, (index) => rectangle(x - 46 + index * 6, y + 10 + index * 14, 92 - index * 12, 5))),
  ];
};

const confetti: Motif = (random) => {
  const tones = ['accent', 'second', 'shade', 'ink'] as const;
  const pieces = times(16, (index) => ({
    x: (index % 4) * 50,
    y: Math.floor(index / 4) * 50,
    kind: Math.floor(random() * 4),
    tone: tones[Math.floor(random() * 3.4)]!,
  }));
  const piece = ({ x, y, kind }: (typeof pieces)[number]) =>
    kind === 0
      ? circle(x + 25, y + 25, 19)
      : kind === 1
        ? `M${x} ${y}h50a50 50 0 0 1 -50 50Z`
        : kind === 2
          ? `M${x + 50} ${y + 50}h-50a50 50 0 0 1 50 -50Z`
          : halfDisc(x + 25, y + 34, 24);
  return tones.map((tone) => fill(tone, ...pieces.filter((one) => one.tone === tone).map(piece)));
};
const grin: Motif = (random) => {
  const tilt = between(random, -10, 10);
  return [
    fill('accent', circle(100, 100, 82)),
    fill('ink', halfDisc(100, 108, 52, 180 + tilt)),
    fill('second', halfDisc(100, 132, 26, tilt)),
    fill('ink', ellipse(72, 74 - tilt * 0.4, 8, 14), ellipse(128, 74 + tilt * 0.4, 8, random() < 0.3 ? 3 : 14)),
  ];
};
const spotlight: Motif = (random) => {
  const x = between(random, 30, 170);
  return [
    fill('shade', polygon(x, -10, 24, 172, 176, 172)),
    fill('accent', ellipse(100, 172, 76, 18)),
    fill('ink', rectangle(97, 92, 6, 76), ellipse(100, 168, 22, 5)),
    fill('second', circle(100, 84, 15)),
  ];
};

const doorway: Motif = (random) => {
  const width = between(random, 46, 60);
  const left = between(random, 66, 92);
  const lean = between(random, -56, 56);
  return [
    fill('shade', rectangle(0, 150, 200, 50)),
    fill('accent', rectangle(left, 34, width, 116)),
    fill('second', polygon(left, 150, left + width, 150, left + width + lean + 22, 200, left + lean - 22, 200)),
    fill('ink', circle(left + width * 0.5, 104, 7), `M${left + width * 0.5 - 9} 150l3 -36q6 -6 12 0l3 36Z`),
  ];
};
const hills: Motif = (random) => [
  fill('accent', circle(between(random, 50, 150), between(random, 58, 84), between(random, 26, 40))),
  fill('second', swell(between(random, 116, 126), { depth: between(random, 30, 56), waves: 2, bottom: 200 })),
  fill('shade', swell(between(random, 144, 152), { depth: -between(random, 24, 44), waves: 3, bottom: 200 })),
  fill('ink', swell(between(random, 176, 184), { depth: between(random, 10, 26), waves: 2, bottom: 200 })),
];
const arches: Motif = (random) => {
  const x = between(random, 76, 124);
  const step = between(random, 17, 21);
  const tones = ['shade', 'accent', 'second', 'ink'] as const;
  return tones.map((tone, index) => {
    const radius = 88 - index * step;
    return fill(tone, `M${x - radius} 200V112a${radius} ${radius} 0 0 1 ${2 * radius} 0V200Z`);
  });
};
const halves: Motif = (random) => {
  const turn = Math.floor(random() * 4) * 45;
  const gap = between(random, 3, 9);
  const radius = between(random, 62, 80);
  const dx = Math.sin((turn * Math.PI) / 180) * gap;
  const dy = Math.cos((turn * Math.PI) / 180) * gap;
  return [
    fill('shade', rectangle(0, 100, 200, 100)),
    fill('accent', halfDisc(100 + dx * 2, 100 - dy, radius, turn)),
    fill('second', halfDisc(100 - dx * 2, 100 + dy, radius, turn + 180)),
  ];
};
const rain: Motif = (random) => [
  fill('accent', circle(between(random, 60, 140), between(random, 80, 110), between(random, 46, 60))),
  line(
    'second',
    2.5,
    ...times(
      26,
      () =>
        `M${between(random, 0, 206).toFixed(0)} ${between(random, -10, 180).toFixed(0)}l-9 ${between(random, 18, 36).toFixed(0)}`,
    ),
  ),
  fill('shade', rectangle(0, 176, 200, 24)),
  fill('ink', ellipse(between(random, 50, 150), 182, between(random, 28, 50), 4)),
];

const turningSquares: Motif = (random) => {
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
const target: Motif = (random) => {
  const x = between(random, 72, 128);
  const y = between(random, 80, 116);
  return [
    ...times(6, (index) =>
      fill(index % 2 === 0 ? 'shade' : 'accent', circle(x + index * 2, y + index, 96 - index * 17)),
    ),
    line('ink', 2, `M${x} 0V200M0 ${y}H200`),
  ];
};
const stairs: Motif = (random) => {
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

const blinds: Motif = (random) => {
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
const fingerprint: Motif = (random) => [
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
const skyline: Motif = (random) => {
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

const sunburst: Motif = (random) => {
  const x = between(random, 60, 140);
  const y = between(random, 110, 160);
  const turn = between(random, 0, 20);
  return [
    fill('shade', ...times(12, (index) => ray(x, y, turn + index * 30, { spread: 15, length: 260 }))),
    fill('accent', star(x, y, between(random, 62, 84), { points: 9 + Math.floor(random() * 5), inner: 0.55, turn })),
    fill('second', star(x, y, 40, { points: 8, inner: 0.6, turn })),
  ];
};
const speed: Motif = (random) => {
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
const peaks: Motif = (random) => [
  fill('accent', circle(between(random, 54, 146), between(random, 54, 74), between(random, 24, 36))),
  fill('second', polygon(-30, 200, between(random, 40, 70), between(random, 72, 92), 150, 200)),
  fill('shade', polygon(40, 200, between(random, 116, 146), between(random, 88, 110), 240, 200)),
  fill('ink', ridge(times(7, () => between(random, 164, 186)))),
];
const compass: Motif = (random) => {
  const turn = between(random, -30, 30);
  return [
    fill('shade', circle(100, 100, 88)),
    line('ink', 2, circle(100, 100, 78)),
    fill('second', star(100, 100, 54, { points: 4, inner: 0.3, turn: turn - 45 })),
    fill('accent', star(100, 100, 84, { points: 4, inner: 0.2, turn })),
  ];
};
const sail: Motif = (random) => {
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

const friends: Motif = (random) => {
  const count = 3;
  const bodies = times(count, (index) => ({ x: 42 + index * 58, radius: between(random, 30, 44) }));
  return [
    fill('shade', rectangle(0, 168, 200, 32)),
    ...bodies.map(({ x, radius }, index) =>
      fill(
        (['accent', 'second', 'ink'] as const)[index % 3]!,
        `M${x - radius} 184V${184 - radius * 1.7}a${radius} ${radius} 0 0 1 ${2 * radius} 0V184Z`,
      ),
    ),
    fill(
      'ground',
      ...bodies.flatMap(({ x, radius }) => [
        circle(x - 10, 184 - radius * 1.7, 8),
        circle(x + 10, 184 - radius * 1.7, 8),
      ]),
    ),
  ];
};
const bouncing: Motif = (random) => [
  line('shade', 4, `M6 170Q40 20 74 170Q100 60 128 170Q146 100 168 170`),
  fill('shade', rectangle(0, 182, 200, 18)),
  fill('accent', circle(between(random, 40, 70), between(random, 56, 92), between(random, 28, 38))),
  fill('second', circle(between(random, 118, 134), between(random, 96, 124), between(random, 18, 27))),
  fill('ink', circle(between(random, 160, 176), between(random, 150, 160), between(random, 10, 16))),
];
const balloons: Motif = (random) => {
  const places = [56, 104, 148].map((x) => ({
    x: x + between(random, -10, 10),
    y: between(random, 48, 96),
    radius: between(random, 25, 36),
  }));
  return [
    line('ink', 1.6, ...places.map(({ x, y, radius }) => `M${x} ${y + radius}Q${(x + 100) / 2 + 14} 160 100 204`)),
    ...places.map(({ x, y, radius }, index) =>
      fill((['accent', 'second', 'ink'] as const)[index]!, ellipse(x, y, radius * 0.86, radius)),
    ),
    fill(
      'ground',
      ...places.map(({ x, y, radius }) =>
        ellipse(x - radius * 0.3, y - radius * 0.4, radius * 0.13, radius * 0.24, 30),
      ),
    ),
  ];
};
const blocks: Motif = (random) => {
  const size = 58;
  const at = (x: number, y: number) => rectangle(x, y, size, size);
  const lean = between(random, -12, 12);
  return [
    fill('shade', rectangle(0, 186, 200, 14)),
    fill('accent', at(36, 128)),
    fill('second', at(100, 128)),
    fill('ink', at(68 + lean, 68)),
    fill('ground', circle(65, 157, 15), star(129, 158, 20), polygon(97 + lean, 82, 113 + lean, 112, 81 + lean, 112)),
    fill('accent', star(97 + lean, 44, 22)),
  ];
};

const castle: Motif = (random) => {
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
const crescent: Motif = (random) => {
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

const chevrons: Motif = (random) => {
  const step = between(random, 30, 38);
  return times(4, (index) => {
    const y = 168 - index * step;
    return fill(
      (['shade', 'ink', 'accent', 'second'] as const)[index]!,
      polygon(16, y, 100, y - 54, 184, y, 184, y + 22, 100, y - 32, 16, y + 22),
    );
  });
};
const flagSun: Motif = (random) => {
  const x = between(random, 60, 140);
  return [
    fill('shade', ...times(8, (index) => ray(x, 120, index * 45 + 11, { spread: 20, length: 260 }))),
    fill('accent', circle(x, 120, between(random, 40, 52))),
    fill('ink', ridge(times(9, () => between(random, 158, 182)))),
    fill('second', ...times(3, (index) => polygon(40 + index * 52, 182, 52 + index * 52, 152, 64 + index * 52, 182))),
  ];
};

const mesa: Motif = (random) => {
  const left = between(random, 14, 40);
  const height = between(random, 96, 116);
  return [
    fill('accent', circle(between(random, 90, 150), between(random, 78, 100), between(random, 42, 56))),
    fill('shade', polygon(left, 164, left + 14, height, left + 66, height, left + 82, 164)),
    fill('second', polygon(120, 170, 136, 130, 176, 130, 196, 170)),
    fill('ink', rectangle(0, 162, 200, 38), `M154 166v-62a5 5 0 0 1 10 0v20h8v-12a4.5 4.5 0 0 1 9 0v21h-17v33Z`),
  ];
};
const lawStar: Motif = (random) => [
  fill(
    'shade',
    ...times(10, (index) => ray(100, 100, index * 36 + between(random, 0, 4), { spread: 18, length: 150 })),
  ),
  fill('accent', star(100, 100, 84, { points: 5 + Math.floor(random() * 2), inner: 0.5 })),
  fill('second', circle(100, 100, 30)),
  line('ink', 2.5, circle(100, 100, 37)),
];

const equalizer: Motif = (random) => {
  const bars = times(9, (index) => ({ x: 12 + index * 20, height: between(random, 30, 160) }));
  return [
    fill('shade', ...bars.map(({ x }) => rectangle(x, 20, 14, 168))),
    fill('accent', ...bars.map(({ x, height }) => rectangle(x, 188 - height, 14, height))),
    fill('second', ...bars.map(({ x, height }) => rectangle(x, 178 - height, 14, 6))),
  ];
};
const record: Motif = (random) => {
  const x = between(random, 84, 116);
  return [
    fill('shade', circle(x, 100, 92)),
    line('ground', 1.5, circle(x, 100, 80), circle(x, 100, 70), circle(x, 100, 60), circle(x, 100, 50)),
    fill('accent', circle(x, 100, 36)),
    fill('second', halfDisc(x, 100, 36, between(random, 0, 180))),
    fill('ink', circle(x, 100, 6)),
  ];
};

const keyhole: Motif = (random) => {
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
const lens: Motif = (random) => {
  const x = between(random, 74, 96);
  return [
    fill('shade', ...times(6, (index) => rectangle(16, 24 + index * 28, between(random, 90, 168), 9))),
    line('ink', 13, `M${x + 40} 128L${x + 84} 178`),
    fill('accent', circle(x, 88, 58)),
    fill('ground', circle(x, 88, 46)),
    fill('second', ...times(4, (index) => rectangle(x - 32, 62 + index * 15, between(random, 34, 62), 6))),
  ];
};

const streetLamp: Motif = (random) => {
  const x = between(random, 60, 140);
  return [
    fill('shade', polygon(x, 34, x - 74, 184, x + 74, 184)),
    fill('accent', ellipse(x, 184, 74, 13), circle(x, 34, 13)),
    fill('ink', rectangle(x - 2.5, 40, 5, 146), polygon(x - 20, 26, x + 20, 26, x + 10, 10, x - 10, 10)),
    fill('second', ellipse(x + 34, 118, 17, 4), rectangle(x + 25, 106, 18, 10), `M${x + 22} 184l4 -58q8 -6 16 0l4 58Z`),
  ];
};

const contactSheet: Motif = (random) => {
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
const aperture: Motif = (random) => {
  const turn = between(random, 0, 60);
  return [
    fill('shade', circle(100, 100, 90)),
    fill('ink', circle(100, 100, 74)),
    fill('accent', star(100, 100, 70, { points: 6, inner: 0.62, turn })),
    fill('ground', star(100, 100, between(random, 24, 38), { points: 6, inner: 0.87, turn: turn + 15 })),
  ];
};

const motifs = {
  'Film-Noir': [streetLamp, blinds],
  Western: [mesa, lawStar],
  Musical: [equalizer, record],
  War: [chevrons, flagSun],
  Documentary: [contactSheet, aperture],
  Horror: [bareTrees, eye, drips],
  Animation: [friends, bouncing],
  'Sci-Fi': [planet, orbits, horizonGrid],
  Fantasy: [castle, crescent],
  Mystery: [keyhole, lens],
  Children: [balloons, blocks],
  Crime: [blinds, fingerprint, skyline],
  Romance: [overlap, heart, sunOnWater],
  Thriller: [turningSquares, target, stairs],
  Action: [sunburst, speed],
  Adventure: [peaks, compass, sail],
  Comedy: [confetti, grin, spotlight],
  Drama: [doorway, hills, arches, halves, rain],
  '': [halves, arches],
} as const satisfies Record<CoverGenre, readonly Motif[]>;

/** The picture for a genre; `random` chooses which of its motifs and how it is composed. */
export function coverPicture(genre: CoverGenre, random: Random): CoverShape[] {
  const choices: readonly Motif[] = motifs[genre];
  return choices[Math.floor(random() * choices.length)]!(random).filter(({ path }) => path !== '');
}
