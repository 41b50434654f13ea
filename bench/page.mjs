/**
 * `npm run bench:page`: what a visitor waits for, in the built page: the first visit until the picker and then the rows
 * stand in the document (median of five new profiles), and fifty ratings, each from the press to the changed rows with
 * the IndexedDB write included. Prints the browser and the machine; nothing here is a test.
 */
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { findChromium, webGpuFlags } from '../scripts/chromium.mjs';
import { freePort } from '../scripts/free-port.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const port = await freePort();
await build({ root, logLevel: 'error' });
const server = await preview({ root, logLevel: 'error', preview: { port } });
const address = `http://127.0.0.1:${port}/?backend=cpu`;
const { executablePath, env, source } = await findChromium();
const browser = await chromium.launch({ executablePath, env, args: webGpuFlags });

const firstVisits = [];
for (let visit = 0; visit < 5; visit++) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(address);
  await page.getByTestId('picker-film').first().waitFor();
  firstVisits.push(await page.evaluate(() => performance.getEntriesByName('rows-visible')[0].startTime));
  await page.context().close();
}

const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
await page.goto(address);
for (let film = 0; film < 5; film++) await page.getByTestId('picker-film').nth(film).click();
await page.getByTestId('picker-continue').click();
const cards = page.locator('[data-testid=row][data-row-kind=top] [data-testid=film-card]');
await cards.first().waitFor();
const ratings = () =>
  page.evaluate(() =>
    performance
      .getEntriesByName('action', 'measure')
      .filter(({ detail }) => detail.name === 'rate')
      .map(({ duration }) => duration),
  );
for (let rating = 0; rating < 50; rating++) {
  await cards.nth(1).getByTestId('rate-4').click();
  while ((await ratings()).length <= rating) await page.waitForTimeout(20);
}
const durations = await ratings();

await browser.close();
await new Promise((resolve) => server.httpServer.close(resolve));
console.log(
  `npm run bench:page · ${os.cpus()[0].model}, ${os.cpus().length} cores · Chromium ${browser.version()} (${source})`,
);
print('first visit until films are on screen', firstVisits);
print('a rating until the rows have changed', durations);
process.exit();

function print(name, milliseconds) {
  const sorted = milliseconds.toSorted((left, right) => left - right);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0);
  console.log(`${name}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, of ${sorted.length}`);
}
