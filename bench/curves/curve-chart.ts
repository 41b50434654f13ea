/** One line of a chart. */
export interface Curve {
  readonly name: string;
  /** A colour that stands out from white and from black. */
  readonly colour: string;
  /** x ascending, y above 0. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** One chart of a picture. */
export interface Chart {
  readonly title: string;
  readonly curves: readonly Curve[];
}

const [chartWidth, chartHeight] = [400, 270];
const margin = { left: 58, right: 12, top: 34, bottom: 42 };
const [headHeight, columns] = [34, 2];
/** As far from white as from the near-black of dark pages: 4.3 and 4.4 to 1. */
const ink = '#757b83';

/**
 * An SVG picture of charts in two columns with one legend: x from 0, y logarithmic over all decades that a chart's
 * points touch. No background, so that the page's own shows.
 *
 * @param options.height the y axis ends here, and `floor` is where it begins
 */
export function curvePicture(
  charts: readonly Chart[],
  options: { readonly xLabel: string; readonly yLabel: string; readonly xEnd: number; readonly decades: Decades },
): string {
  const width = columns * chartWidth;
  const height = headHeight + Math.ceil(charts.length / columns) * chartHeight;
  const parts = charts.map((chart, index) => {
    const [x, y] = [(index % columns) * chartWidth, headHeight + Math.floor(index / columns) * chartHeight];
    return `<g transform="translate(${x} ${y})">\n${chartBody(chart, options)}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    legend(charts[0]!.curves),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** Powers of ten at which the y axis begins and ends. */
export type Decades = readonly [from: number, to: number];

function legend(curves: readonly Curve[]): string {
  return curves
    .map(({ name, colour }, index) => {
      const x = margin.left + index * 120;
      return `<path d="M${x} 18h22" stroke="${colour}" stroke-width="2.5"/><text x="${x + 28}" y="22" fill="${ink}">${name}</text>`;
    })
    .join('\n');
}

function chartBody(
  { title, curves }: Chart,
  { xLabel, yLabel, xEnd, decades }: Parameters<typeof curvePicture>[1],
): string {
  const [right, bottom] = [chartWidth - margin.right, chartHeight - margin.bottom];
  const [low, high] = decades;
  const xOf = (x: number): number => margin.left + (x / xEnd) * (right - margin.left);
  const yOf = (y: number): number => bottom - ((Math.log10(y) - low) / (high - low)) * (bottom - margin.top);
  const xTicks = Array.from({ length: 5 }, (_, tick) => (tick * xEnd) / 4);
  const yTicks = Array.from({ length: high - low + 1 }, (_, tick) => 10 ** (low + tick));
  const lines = [
    ...xTicks.map((x) => `M${place(xOf(x))} ${margin.top}V${bottom}`),
    ...yTicks.map((y) => `M${margin.left} ${place(yOf(y))}H${right}`),
  ];
  return [
    `<path d="${lines.join('')}" stroke="${ink}" stroke-opacity=".35" fill="none"/>`,
    `<g fill="${ink}">`,
    `<text x="${margin.left}" y="${margin.top - 10}" font-weight="bold">${title}</text>`,
    ...xTicks.map((x) => `<text x="${place(xOf(x))}" y="${bottom + 16}" text-anchor="middle">${x}</text>`),
    ...yTicks.map((y) => `<text x="${margin.left - 6}" y="${place(yOf(y) + 4)}" text-anchor="end">${y} %</text>`),
    `<text x="${(margin.left + right) / 2}" y="${bottom + 34}" text-anchor="middle">${xLabel}</text>`,
    `<text transform="translate(12 ${(margin.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${yLabel}</text>`,
    '</g>',
    ...curves.map(({ colour, points }) => {
      const shown = points.filter(([x, y]) => x <= xEnd && y >= 10 ** low && y <= 10 ** high);
      const path = shown.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${place(xOf(x))} ${place(yOf(y))}`);
      return `<path d="${path.join('')}" stroke="${colour}" stroke-width="2" fill="none" stroke-linejoin="round"/>`;
    }),
  ].join('\n');
}

/** A tenth of a unit is finer than a screen. */
function place(value: number): string {
  return String(Math.round(10 * value) / 10);
}
