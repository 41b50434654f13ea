/**
 * `npm run pictures`: the README's pictures of the built page, docs/before-rating.png and docs/after-rating.png: the rows of
 * a visitor who picked five films, before and after one more is rated.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { findChromium, webGpuFlags } from './chromium.mjs';
import { freePort } from './free-port.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
await build({ root, logLevel: 'error' });
const port = await freePort();
const server = await preview({ root, logLevel: 'error', preview: { port } });
const { executablePath, env } = await findChromium();
const browser = await chromium.launch({ executablePath, env, args: webGpuFlags });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const cards = page.locator('[data-testid=row][data-row-kind=top] [data-testid=film-card]');
  await page.goto(`http://127.0.0.1:${port}/?backend=cpu`);
  for (let film = 0; film < 5; film++) await page.getByTestId('picker-film').nth(film).click();
  await page.getByTestId('picker-continue').click();
  await cards.first().waitFor();
  await page.getByTestId('undo').waitFor({ state: 'hidden' });
  await picture('before-rating');
  const second = cards.nth(1);
  const rated = await second.getAttribute('data-item-id');
  await second.getByTestId('rate-5').click();
  await page.locator(`[data-row-kind=top] [data-item-id="${rated}"]`).waitFor({ state: 'detached' });
  await page.waitForTimeout(600);
  await picture('after-rating');

  async function picture(name) {
    await page.mouse.move(0, 0);
    const clip = { x: 0, y: 0, width: 1265, height: 900 };
    await page.screenshot({ path: path.join(root, 'docs', `${name}.png`), clip });
  }
} finally {
  await browser.close();
  await new Promise((resolve) => server.httpServer.close(resolve));
}
