import { expect, test } from '@playwright/test';
import { FilmPage } from './film-page.ts';

test('training on this device: progress, a curve, other rows, kept over a reload, and the way back', async ({
  page,
}) => {
  const films = new FilmPage(page);
  await films.openAndPick('?backend=cpu');
  const shipped = await films.topIds();
  await page.evaluate(() => {
    const blocked: number[] = [];
    (globalThis as typeof globalThis & { longTasks?: number[] }).longTasks = blocked;
    new PerformanceObserver((list) => blocked.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
    });
  });
  await page.getByTestId('open-train').click();
  const panel = page.getByTestId('train-panel');
  await panel.getByTestId('train-start').click();
  await expect(panel.getByTestId('train-progress')).toHaveAttribute('max', '12');
  await expect(panel.getByTestId('train-done')).toBeVisible({ timeout: 60_000 });
  await expect(panel.getByRole('img', { name: /^Loss curve/ })).toBeVisible();
  await films.closeDialog();
  const trained = await films.topIds();
  expect(trained).not.toEqual(shipped);
  // The engine trains in its worker; what is left to the page is drawing a point of the curve an epoch.
  const longTasks = await page.evaluate(() => (globalThis as typeof globalThis & { longTasks?: number[] }).longTasks!);
  test
    .info()
    .annotations.push({ type: 'long tasks', description: longTasks.map((ms) => `${Math.round(ms)} ms`).join(', ') });

  await page.reload();
  expect(await films.topIds()).toEqual(trained);
  await page.getByTestId('open-train').click();
  await page.getByTestId('train-shipped').click();
  await films.closeDialog();
  await expect.poll(() => films.topIds()).toEqual(shipped);
});

test('a cancelled training leaves rows that work', async ({ page }) => {
  const films = new FilmPage(page);
  await films.openAndPick('?backend=cpu');
  await page.getByTestId('open-train').click();
  const panel = page.getByTestId('train-panel');
  // The page itself cancels at the first progress: over the wire the click may come after the last epoch.
  await panel.evaluate((root) => {
    const observer = new MutationObserver(() => {
      const bar = root.querySelector<HTMLProgressElement>('[data-testid="train-progress"]');
      if (!bar || bar.value === 0) return;
      observer.disconnect();
      root.querySelector<HTMLButtonElement>('[data-testid="train-cancel"]')!.click();
      root.setAttribute('data-cancelled', '');
    });
    observer.observe(root, { subtree: true, childList: true, attributes: true });
  });
  await panel.getByTestId('train-start').click();
  await expect(panel).toHaveAttribute('data-cancelled');
  await expect(panel.getByTestId('train-start')).toBeEnabled();
  await expect(panel.getByTestId('train-done')).toHaveCount(0);
  await films.closeDialog();
  await films.act(() => films.topCards.nth(1).getByTestId('like').click());
  expect(await films.topIds()).toHaveLength(8);
});

test('forgetting everything also drops a model that was trained with it', async ({ page }) => {
  const films = new FilmPage(page);
  await films.openAndPick('?backend=cpu');
  const shipped = await films.topIds();
  await page.getByTestId('open-train').click();
  await page.getByTestId('train-start').click();
  await expect(page.getByTestId('train-done')).toBeVisible({ timeout: 60_000 });
  await films.closeDialog();
  const panel = await films.openHistory();
  await panel.getByTestId('forget-all').click();
  await page.getByTestId('forget-confirm').click();
  await expect(page.getByTestId('picker')).toBeVisible();
  await films.pick(5);
  expect(await films.topIds()).toEqual(shipped);
});
