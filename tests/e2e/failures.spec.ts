import { expect, type Page, test } from '@playwright/test';
import { FilmPage } from './film-page.ts';

/** Serves a file of the page changed by `change`. */
async function alter(page: Page, glob: string, change: (body: Buffer) => Buffer): Promise<void> {
  await page.route(glob, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: change(await response.body()) });
  });
}

const flipLastByte = (body: Buffer) => {
  const changed = Buffer.from(body);
  changed[changed.length - 1]! ^= 1;
  return changed;
};

test('an altered model file is refused by name, and loading again helps', async ({ page }) => {
  await alter(page, '**/model.safetensors', flipLastByte);
  const films = new FilmPage(page);
  await films.open();
  const failure = page.getByTestId('failure');
  await expect(failure).toContainText('model cannot be used');
  await expect(failure).toContainText('model.safetensors');
  await page.unroute('**/model.safetensors');
  await failure.getByText('Try again').click();
  await expect(page.getByTestId('picker')).toBeVisible();
});

test('a catalogue that was cut short is refused by name', async ({ page }) => {
  await alter(page, '**/catalogue.json', (body) => body.subarray(0, 1000));
  const films = new FilmPage(page);
  await films.open();
  await expect(page.getByTestId('failure')).toContainText('catalogue');
});

test('ratings that were altered stop the training with an error, and the rows stay', async ({ page }) => {
  await alter(page, '**/ratings.bin', flipLastByte);
  const films = new FilmPage(page);
  await films.openAndPick('?backend=cpu');
  const before = await films.topIds();
  await page.getByTestId('open-train').click();
  await page.getByTestId('train-start').click();
  await expect(page.getByTestId('train-panel')).toContainText('ratings.bin');
  await films.closeDialog();
  expect(await films.topIds()).toEqual(before);
});
