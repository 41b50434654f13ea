/**
 * `npm run smoke [-- --backend auto|cpu|webgpu]`: a headless browser does the main job on the built page.
 *
 * Open, pick and rate five films, recommendations, reload, still there, train on this device, recommendations again,
 * why the first one, "don't use this", the list changes. Every step leaves a screenshot in `artifacts/`; the last line
 * of the output is one JSON object. The exit status is 0 only if every step truly happened, no request left the
 * origin, and the page reported no error.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { findChromium, webGpuFlags } from './chromium.mjs';
import { freePort } from './free-port.mjs';
import { startRecordingProxy } from './recording-proxy.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({
  options: { backend: { type: 'string', default: 'auto' } },
});
if (!['auto', 'cpu', 'webgpu'].includes(options.backend)) {
  console.error(`--backend must be auto, cpu or webgpu, got ${options.backend}.`);
  process.exit(2);
}

const ratings = [5, 5, 4, 4, 2];
const { films } = JSON.parse(
  await readFile(path.join(root, 'public', 'datasets', 'movielens-small', 'catalogue.json'), 'utf8'),
);
const titles = new Map(films.map(({ id, title }) => [String(id), title]));
const artifacts = path.join(root, 'artifacts');
await mkdir(artifacts, { recursive: true });
await build({ root, logLevel: 'error' });
const port = await freePort();
const server = await preview({ root, logLevel: 'error', preview: { port } });
const origin = `http://127.0.0.1:${port}`;
const proxy = await startRecordingProxy(origin);

const { executablePath, env, isQuiet } = await findChromium();
const profile = path.join(tmpdir(), `pocketrec-smoke-${process.pid}`);
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  env,
  args: webGpuFlags,
  viewport: { width: 1280, height: 900 },
  proxy: { server: proxy.server, bypass: '<-loopback>' },
});
const page = context.pages()[0] ?? (await context.newPage());

const report = {
  backend: null,
  reason: null,
  adapter: null,
  steps: [],
  before: [],
  after: [],
  why: [],
  requestsOffOrigin: 0,
  errors: [],
};
const offOrigin = new Set();
page.on('request', (request) => {
  const url = new URL(request.url());
  if (url.origin !== origin && !['blob:', 'data:'].includes(url.protocol)) offOrigin.add(request.url());
});
page.on('pageerror', (error) => report.errors.push(error.message));
page.on('console', (message) => message.type() === 'error' && report.errors.push(message.text()));

try {
  await step('open', async () => {
    await page.goto(`${origin}/?backend=${options.backend}`);
    await page.getByTestId('picker-film').nth(9).waitFor();
  });
  await step('pick and rate five films', async () => {
    for (const [film, stars] of ratings.entries()) {
      await page.getByTestId('picker-film').nth(film).click();
      await page.locator('.pick').nth(film).getByTestId(`rate-${stars}`).click();
    }
    await page.getByTestId('picker-continue').click();
    await topPicks().first().waitFor();
  });
  const beforeReload = await step('recommendations', async () => {
    const titles = await topTitles();
    if (titles.length < 10) throw new Error(`Expected ten recommendations, got ${titles.length}.`);
    return titles;
  });
  await step('reload', async () => {
    await page.reload();
    await topPicks().first().waitFor();
  });
  report.before = await step('still there', async () => {
    await expectEventually(async () => same(await topTitles(), beforeReload), 'the same ten films after the reload');
    return topTitles();
  });
  await step('train on this device', async () => {
    await page.getByTestId('open-train').click();
    await page.getByTestId('train-start').click();
    await page.getByTestId('train-done').waitFor({ timeout: 240_000 });
  });
  await step('recommendations again', async () => {
    await page.keyboard.press('Escape');
    const titles = await topTitles();
    if (titles.length < 10) throw new Error(`Expected ten recommendations after training, got ${titles.length}.`);
    return titles;
  });
  const afterTraining = await topTitles();
  await step('why', async () => {
    const card = topPicks().first();
    await card.hover();
    await card.getByTestId('why').click();
    const reasons = page.getByTestId('why-dialog').getByTestId('why-item');
    await reasons.first().waitFor();
    for (const reason of await reasons.all()) {
      report.why.push({
        title: titleOf(await reason.getAttribute('data-item-id')),
        contribution: Number(await reason.getAttribute('data-contribution')),
      });
    }
    if (report.why.some(({ title, contribution }) => !title || !Number.isFinite(contribution))) {
      throw new Error(`Every reason needs a title and a number, got ${JSON.stringify(report.why)}.`);
    }
  });
  report.after = await step("don't use this", async () => {
    await page.getByTestId('why-dialog').getByTestId('dont-use-this').first().click();
    await page.keyboard.press('Escape');
    await expectEventually(async () => !same(await topTitles(), afterTraining), 'the list to change');
    const titles = await topTitles();
    if (titles.length < 10) throw new Error(`Expected ten recommendations at the end, got ${titles.length}.`);
    return titles;
  });
  await step('inspector', async () => {
    await page.getByTestId('open-inspector').click();
    const backend = page.getByTestId('inspector-backend');
    await backend.waitFor();
    report.backend = (await backend.innerText()).toLowerCase();
    report.reason = await page.getByTestId('inspector-reason').innerText();
    report.adapter = await page.getByTestId('inspector-adapter').innerText();
    if (options.backend !== 'auto' && report.backend !== options.backend) {
      throw new Error(`Asked for ${options.backend}, the page computed on ${report.backend}.`);
    }
  });
} catch (error) {
  report.errors.push(String(error instanceof Error ? error.message : error));
  await page.screenshot({ path: path.join(artifacts, 'smoke-failed.png') }).catch(() => {});
}

// A browser that calls home by itself would be mistaken for the page: there the page's own requests are the proof.
if (isQuiet) for (const url of proxy.refused) offOrigin.add(url);
report.requestsOffOrigin = offOrigin.size;
if (offOrigin.size > 0) report.errors.push(`Requests left the origin: ${[...offOrigin].join(', ')}`);
if (proxy.passed() === 0) report.errors.push('The recording proxy saw no request at all, so it proves nothing.');

await context.close();
await proxy.close();
await new Promise((resolve) => server.httpServer.close(resolve));
await rm(profile, { recursive: true, force: true });
console.log(JSON.stringify(report));
process.exit(report.errors.length === 0 ? 0 : 1);

/** Runs one step, times it, and keeps a picture of where it ended. */
async function step(name, action) {
  const started = performance.now();
  const result = await action();
  report.steps.push({ name, ms: Math.round(performance.now() - started) });
  const file = `smoke-${String(report.steps.length).padStart(2, '0')}-${name.replace(/\W+/g, '-')}.png`;
  await page.screenshot({ path: path.join(artifacts, file) });
  return result;
}

function topPicks() {
  return page.locator('[data-testid=row][data-row-kind=top] [data-testid=film-card]');
}

/** The titles of the first ten films of "Top picks for you". */
async function topTitles() {
  await topPicks().first().waitFor();
  // A row draws its tail when somebody scrolls it.
  if ((await topPicks().count()) < 10) await page.getByLabel('Onward in Top picks for you').click();
  await topPicks().nth(9).waitFor();
  const ids = await topPicks().evaluateAll((cards) => cards.slice(0, 10).map((card) => card.dataset.itemId ?? ''));
  return ids.map(titleOf);
}

function titleOf(itemId) {
  const title = titles.get(itemId);
  if (title === undefined) throw new Error(`The page shows item ${itemId}, which is not in the catalogue.`);
  return title;
}

function same(left, right) {
  return JSON.stringify(left) === JSON.stringify(right);
}

async function expectEventually(condition, what) {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited 15 s for ${what}.`);
    await page.waitForTimeout(50);
  }
}
