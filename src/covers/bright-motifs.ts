/** Pictures for comedies, musicals, animation and children. */
import { circle, ellipse, fill, halfDisc, line, polygon, rectangle, star } from './cover-shapes.ts';
import { between, times, type Motif } from './motif.ts';

export const confetti: Motif = (random) => {
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

export const grin: Motif = (random) => {
  const tilt = between(random, -10, 10);
  return [
    fill('accent', circle(100, 100, 82)),
    fill('ink', halfDisc(100, 108, 52, 180 + tilt)),
    fill('second', halfDisc(100, 132, 26, tilt)),
    fill('ink', ellipse(72, 74 - tilt * 0.4, 8, 14), ellipse(128, 74 + tilt * 0.4, 8, random() < 0.3 ? 3 : 14)),
  ];
};

export const spotlight: Motif = (random) => {
  const x = between(random, 30, 170);
  return [
    fill('shade', polygon(x, -10, 24, 172, 176, 172)),
    fill('accent', ellipse(100, 172, 76, 18)),
    fill('ink', rectangle(97, 92, 6, 76), ellipse(100, 168, 22, 5)),
    fill('second', circle(100, 84, 15)),
  ];
};

export const friends: Motif = (random) => {
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

export const bouncing: Motif = (random) => [
  line('shade', 4, `M6 170Q40 20 74 170Q100 60 128 170Q146 100 168 170`),
  fill('shade', rectangle(0, 182, 200, 18)),
  fill('accent', circle(between(random, 40, 70), between(random, 56, 92), between(random, 28, 38))),
  fill('second', circle(between(random, 118, 134), between(random, 96, 124), between(random, 18, 27))),
  fill('ink', circle(between(random, 160, 176), between(random, 150, 160), between(random, 10, 16))),
];

export const balloons: Motif = (random) => {
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

export const blocks: Motif = (random) => {
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

export const equalizer: Motif = (random) => {
  const bars = times(9, (index) => ({ x: 12 + index * 20, height: between(random, 30, 160) }));
  return [
    fill('shade', ...bars.map(({ x }) => rectangle(x, 20, 14, 168))),
    fill('accent', ...bars.map(({ x, height }) => rectangle(x, 188 - height, 14, height))),
    fill('second', ...bars.map(({ x, height }) => rectangle(x, 178 - height, 14, 6))),
  ];
};

export const record: Motif = (random) => {
  const x = between(random, 84, 116);
  return [
    fill('shade', circle(x, 100, 92)),
    line('ground', 1.5, circle(x, 100, 80), circle(x, 100, 70), circle(x, 100, 60), circle(x, 100, 50)),
    fill('accent', circle(x, 100, 36)),
    fill('second', halfDisc(x, 100, 36, between(random, 0, 180))),
    fill('ink', circle(x, 100, 6)),
  ];
};
