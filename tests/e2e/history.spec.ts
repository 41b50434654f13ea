import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { FilmPage } from './film-page.ts';

test('export, forget all, import: the same films and the same rows come back', async ({ page }, testInfo) => {
  const films = new FilmPage(page);
  await films.openAndPick();
  const before = await films.topIds();
  const panel = await films.openHistory();
  await expect(panel.locator('.history-entry')).toHaveCount(5);
  const [download] = await Promise.all([page.waitForEvent('download'), panel.getByTestId('export').click()]);
  const file = testInfo.outputPath('history.json');
  await download.saveAs(file);
  expect(JSON.parse(await readFile(file, 'utf8')).events).toHaveLength(5);

  await panel.getByTestId('forget-all').click();
  await page.getByTestId('forget-confirm').click();
  await expect(page.getByTestId('picker')).toBeVisible();
  await page.reload();
  await expect(page.getByTestId('picker')).toBeVisible();

  const emptyPanel = await films.openHistory();
  await expect(emptyPanel).toContainText('Nothing here yet');
  await emptyPanel.getByTestId('import').setInputFiles(file);
  await expect(films.topCards.first()).toBeAttached();
  await films.closeDialog();
  expect(await films.topIds()).toEqual(before);
});

test('a file that is no history is refused in words, and nothing is lost', async ({ page }, testInfo) => {
  const films = new FilmPage(page);
  await films.openAndPick();
  const before = await films.topIds();
  const panel = await films.openHistory();
  const file = testInfo.outputPath('broken.json');
  await writeFile(file, '{"format": "pocketrec-history", "events": [{"id": "a", "type": "shout"}]}');
  await panel.getByTestId('import').setInputFiles(file);
  await expect(page.getByTestId('toast')).toContainText('Not saved');
  await expect(panel.locator('.history-entry')).toHaveCount(5);
  await films.closeDialog();
  expect(await films.topIds()).toEqual(before);
});

test('deleting one film changes the rows and can be undone', async ({ page }) => {
  const films = new FilmPage(page);
  await films.openAndPick();
  const before = await films.topIds();
  const panel = await films.openHistory();
  await films.act(() =>
    panel
      .getByLabel(/^Delete .* from the history$/)
      .first()
      .click(),
  );
  await expect(panel.locator('.history-entry')).toHaveCount(4);
  await films.act(() => page.getByTestId('undo').click());
  await expect(panel.locator('.history-entry')).toHaveCount(5);
  await films.closeDialog();
  expect(await films.topIds()).toEqual(before);
});

test('a second tab follows the first, and the first the second', async ({ page, context }) => {
  const first = new FilmPage(page);
  await first.openAndPick();
  const second = new FilmPage(await context.newPage());
  await second.open();
  expect(await second.topIds()).toEqual(await first.topIds());

  const [, disliked] = await second.topIds();
  await second.act(() => second.topCards.nth(1).getByTestId('dislike').click());
  await page.bringToFront();
  await expect.poll(() => first.topIds()).not.toContain(disliked);

  const [, liked] = await first.topIds();
  await first.act(() => first.topCards.nth(1).getByTestId('like').click());
  await second.page.bringToFront();
  await expect.poll(() => second.topIds()).not.toContain(liked);
  expect(await second.topIds()).toEqual(await first.topIds());
});

test('where storage is denied the page works from memory and says so', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(IDBFactory.prototype, 'open', {
      value: () => {
        throw new DOMException('The user denied permission to access the database.', 'SecurityError');
      },
    });
  });
  const films = new FilmPage(page);
  await films.openAndPick();
  expect(await films.topIds()).toHaveLength(8);
  const panel = await films.openHistory();
  await expect(panel).toContainText('Kept in memory only');
});
