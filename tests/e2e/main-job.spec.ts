import { expect, test } from '@playwright/test';
import { FilmPage } from './film-page.ts';

test('a first visit asks for five films, then shows rows; they are still there after a reload', async ({ page }) => {
  const films = new FilmPage(page);
  await films.open();
  await expect(page.getByTestId('picker')).toBeVisible();
  await expect(page.getByTestId('picker-continue')).toBeDisabled();
  await films.pick(5);
  const before = await films.topIds();
  expect(before).toHaveLength(8);
  await expect(page.getByTestId('row').and(page.locator('[data-row-kind=because]')).first()).toContainText(
    'Because you liked',
  );

  await page.reload();
  expect(await films.topIds()).toEqual(before);
});

test('no film stands twice on the page, and none that the visitor has spoken of', async ({ page }) => {
  const films = new FilmPage(page);
  await films.open();
  const picked = await page
    .getByTestId('picker-film')
    .evaluateAll((covers) => covers.slice(0, 5).map((cover) => (cover as HTMLElement).dataset['itemId']!));
  await films.pick(5);
  const ids = await films.allRowIds();
  expect(ids.length).toBeGreaterThan(30);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of picked) expect(ids).not.toContain(id);
});

test('a dislike takes the film away and changes the rows at once; undo brings both back', async ({ page }) => {
  const films = new FilmPage(page);
  await films.openAndPick();
  const before = await films.topIds();
  await films.act(() => films.topCards.nth(1).getByTestId('dislike').click());
  const after = await films.topIds();
  expect(after).not.toContain(before[1]);
  await films.act(() => page.getByTestId('undo').click());
  expect(await films.topIds()).toEqual(before);
});

test('stars are given by keyboard in half steps, and stand in the history', async ({ page }) => {
  const films = new FilmPage(page);
  await films.openAndPick();
  const [, second] = await films.topIds();
  const stars = films.topCards.nth(1).getByTestId('stars');
  await stars.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await films.act(() => page.keyboard.press('Enter'));
  const panel = await films.openHistory();
  await expect(panel.locator(`.history-entry[data-item-id="${second}"]`)).toContainText('4.5 stars');
});

test('why this: contributions sum to the score, and "don’t use this" re-ranks at once', async ({ page }) => {
  const films = new FilmPage(page);
  await films.openAndPick();
  const before = await films.topIds();
  await films.topCards.first().getByTestId('why').click();
  const dialog = page.getByTestId('why-dialog');
  const items = dialog.getByTestId('why-item');
  await expect(items).toHaveCount(5);
  const contributions = await items.evaluateAll((list) =>
    list.map((item) => Number((item as HTMLElement).dataset['contribution'])),
  );
  const sum = contributions.reduce((total, contribution) => total + contribution, 0);
  const score = Number(await dialog.locator('.why-sum dd').last().innerText());
  // The page shows three decimals.
  expect(Math.abs(sum - score)).toBeLessThan(0.0006);
  expect(Math.abs(contributions[0]!)).toBeGreaterThanOrEqual(Math.abs(contributions.at(-1)!));

  await films.act(() => dialog.getByTestId('dont-use-this').first().click());
  await expect(items).toHaveCount(4);
  await films.closeDialog();
  expect(await films.topIds()).not.toEqual(before);
});

test('the search forgives typing errors and opens the film with similar ones', async ({ page }) => {
  const films = new FilmPage(page);
  await films.openAndPick();
  await page.keyboard.press('/');
  await expect(page.getByTestId('search')).toBeFocused();
  await page.keyboard.type('shawshenk redemtion');
  const result = page.getByTestId('search-result').first();
  await expect(result).toContainText('The Shawshank Redemption');
  await result.click();
  const dialog = page.getByTestId('film-dialog');
  await expect(dialog).toContainText('The Shawshank Redemption');
});

test('rows come soon after a first visit starts, and nothing jumps while they arrive', async ({ page }) => {
  await page.addInitScript(() => {
    const shifts = { value: 0 };
    (globalThis as typeof globalThis & { layoutShift?: typeof shifts }).layoutShift = shifts;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
        if (!entry.hadRecentInput) shifts.value += entry.value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const films = new FilmPage(page);
  await films.openAndPick();
  await films.page.waitForTimeout(500);
  const shift = await page.evaluate(
    () => (globalThis as typeof globalThis & { layoutShift?: { value: number } }).layoutShift!.value,
  );
  // Below 0.1 is what the web calls a good score; the skeletons have the final sizes, so next to nothing is left.
  expect(shift).toBeLessThan(0.02);
  expect(await page.evaluate(() => performance.getEntriesByName('rows-visible').length)).toBe(1);
});
