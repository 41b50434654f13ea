/** Pictures for dramas and romances. */
import { circle, ellipse, fill, halfDisc, line, polygon, rectangle, swell } from './cover-shapes.ts';
import { between, times, type Motif } from './motif.ts';

export const overlap: Motif = (random) => {
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

export const heart: Motif = (random) => {
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

export const sunOnWater: Motif = (random) => {
  const x = between(random, 70, 130);
  const y = between(random, 96, 112);
  return [
    fill('shade', rectangle(0, y, 200, 200 - y)),
    fill('accent', halfDisc(x, y, between(random, 46, 62))),
    fill('second', ...times(6, (index) => rectangle(x - 46 + index * 6, y + 10 + index * 14, 92 - index * 12, 5))),
  ];
};

export const doorway: Motif = (random) => {
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

export const hills: Motif = (random) => [
  fill('accent', circle(between(random, 50, 150), between(random, 58, 84), between(random, 26, 40))),
  fill('second', swell(between(random, 116, 126), { depth: between(random, 30, 56), waves: 2, bottom: 200 })),
  fill('shade', swell(between(random, 144, 152), { depth: -between(random, 24, 44), waves: 3, bottom: 200 })),
  fill('ink', swell(between(random, 176, 184), { depth: between(random, 10, 26), waves: 2, bottom: 200 })),
];

export const arches: Motif = (random) => {
  const x = between(random, 76, 124);
  const step = between(random, 17, 21);
  const tones = ['shade', 'accent', 'second', 'ink'] as const;
  return tones.map((tone, index) => {
    const radius = 88 - index * step;
    return fill(tone, `M${x - radius} 200V112a${radius} ${radius} 0 0 1 ${2 * radius} 0V200Z`);
  });
};

export const halves: Motif = (random) => {
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

export const rain: Motif = (random) => [
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
