import { chromium, expect, test } from '@playwright/test';
import { findChromium } from '../../scripts/chromium.mjs';
import { FilmPage } from './film-page.ts';

test('?backend=webgpu computes on the GPU and gives the films that the CPU gives', async ({
  page,
  browser,
  baseURL,
}) => {
  const onGpu = new FilmPage(page);
  await onGpu.openAndPick('?backend=webgpu');
  const gpuIds = await onGpu.topIds();
  await page.getByTestId('open-inspector').click();
  await expect(page.getByTestId('inspector-backend')).toHaveText('WebGPU');
  await expect(page.getByTestId('inspector-adapter')).toContainText('swiftshader');

  const onCpu = new FilmPage(await (await browser.newContext({ baseURL: baseURL! })).newPage());
  await onCpu.openAndPick('?backend=cpu');
  expect(await onCpu.topIds()).toEqual(gpuIds);
  await onCpu.page.context().close();
});

test('compare now shows every back end with its time, and the lists agree', async ({ page }) => {
  const films = new FilmPage(page);
  await films.openAndPick();
  await page.getByTestId('open-inspector').click();
  await page.getByTestId('compare-now').click();
  const result = page.getByTestId('compare-result');
  await expect(result.locator('[data-backend=cpu]')).toHaveAttribute('data-agrees', 'true', { timeout: 60_000 });
  await expect(result.locator('[data-backend=webgpu]')).toHaveAttribute('data-agrees', 'true');
  await expect(result.locator('[data-backend=webgpu]')).toContainText('ms');
});

test.describe('a browser without an adapter', () => {
  test('works on the CPU, says why, and a forced GPU is a clear error with a way out', async ({ baseURL }) => {
    const { executablePath, env } = await findChromium();
    const browser = await chromium.launch({
      executablePath,
      env,
      args: ['--disable-gpu', '--disable-features=WebGPU'],
    });
    try {
      const films = new FilmPage(await (await browser.newContext({ baseURL: baseURL! })).newPage());
      await films.openAndPick();
      expect(await films.topIds()).toHaveLength(8);
      await films.page.getByTestId('open-inspector').click();
      await expect(films.page.getByTestId('inspector-backend')).toHaveText('CPU');
      await expect(films.page.getByTestId('inspector-reason')).toContainText(/GPU/);

      await films.open('?backend=webgpu');
      await expect(films.page.getByTestId('failure')).toContainText('No GPU answered');
      await films.page.getByRole('link', { name: 'Use the CPU' }).click();
      expect(await films.topIds()).toHaveLength(8);
    } finally {
      await browser.close();
    }
  });
});
