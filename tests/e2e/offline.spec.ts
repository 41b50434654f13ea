import { expect, test } from '@playwright/test';
import { preview } from 'vite';
import { freePort } from '../../scripts/free-port.mjs';
import { FilmPage } from './film-page.ts';

test('after the first visit everything works with the server gone, training included', async ({ browser }) => {
  const port = await freePort();
  const server = await preview({ logLevel: 'silent', preview: { port } });
  let isServing = true;
  const stop = () =>
    new Promise<void>((resolve) => {
      isServing = false;
      server.httpServer.close(() => resolve());
      if ('closeAllConnections' in server.httpServer) server.httpServer.closeAllConnections();
    });
  const context = await browser.newContext({ baseURL: `http://127.0.0.1:${port}` });
  try {
    const films = new FilmPage(await context.newPage());
    await films.openAndPick('?backend=cpu');
    const online = await films.topIds();
    await films.page.evaluate(() => navigator.serviceWorker.ready);
    await stop();

    await films.page.reload();
    expect(await films.topIds()).toEqual(online);
    await films.act(() => films.topCards.nth(1).getByTestId('like').click());
    await films.page.getByTestId('open-train').click();
    await films.page.getByTestId('train-start').click();
    await expect(films.page.getByTestId('train-done')).toBeVisible({ timeout: 60_000 });
  } finally {
    await context.close();
    if (isServing) await stop();
  }
});
