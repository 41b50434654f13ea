import { expect, test } from '@playwright/test';
import { FilmPage } from './film-page.ts';

/** Everything that the page says on the console, and errors that nobody caught. */
function watchConsole(films: FilmPage): string[] {
  const said: string[] = [];
  films.page.on('console', (message) => said.push(message.text()));
  films.page.on('pageerror', (error) => said.push(String(error)));
  return said;
}

for (const [query, told] of [
  ['?backnd=cpu', 'it does not know “backnd”, only backend and storage'],
  ['?backend=gpu', 'backend can be auto or cpu or webgpu, not “gpu”'],
] as const) {
  test(`${query}: the visitor is told by name, and the page works`, async ({ page }) => {
    const films = new FilmPage(page);
    const said = watchConsole(films);
    await films.open(query);
    await expect(page.getByTestId('toast')).toContainText(told);
    await expect(page.getByTestId('status')).toContainText(told);
    await films.pick(5);
    expect(await films.topIds()).toHaveLength(8);
    expect(said).toEqual([]);
  });
}

test('what the page knows is taken without a word: storage=memory keeps nothing', async ({ page }) => {
  const films = new FilmPage(page);
  await films.openAndPick('?backend=cpu&storage=memory');
  await expect(page.getByTestId('toast')).toContainText('Your rows are made from 5 films');
  await page.getByTestId('open-inspector').click();
  await expect(page.getByTestId('inspector-backend')).toHaveText('CPU');
  await films.closeDialog();
  await page.reload();
  await expect(page.getByTestId('picker')).toBeVisible();
});
