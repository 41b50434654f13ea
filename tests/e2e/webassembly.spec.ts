import { expect, type Page, test } from '@playwright/test';
import { FilmPage } from './film-page.ts';

/** The CPU's name in the comparison of the back ends. */
async function cpuName(page: Page): Promise<string> {
  await page.getByTestId('open-inspector').click();
  await page.getByTestId('compare-now').click();
  const row = page.getByTestId('compare-result').locator('[data-backend=cpu]');
  await expect(row).toHaveAttribute('data-agrees', 'true', { timeout: 60_000 });
  return row.getByRole('rowheader').innerText();
}

test('under the policy of the page the CPU computes with WebAssembly; under a stricter one in JavaScript, the same list', async ({
  browser,
  baseURL,
}) => {
  const open = async (change: (policy: string) => string): Promise<FilmPage> => {
    const context = await browser.newContext({ baseURL: baseURL!, serviceWorkers: 'block' });
    await context.route('**/*', async (route) => {
      const response = await route.fetch();
      const headers = response.headers();
      const policy = headers['content-security-policy'];
      if (policy) headers['content-security-policy'] = change(policy);
      await route.fulfill({ response, headers });
    });
    return new FilmPage(await context.newPage());
  };

  const normal = await open((policy) => policy);
  await normal.openAndPick('?backend=cpu');
  const ids = await normal.topIds();
  expect(await cpuName(normal.page)).toContain('WebAssembly SIMD');

  const strict = await open((policy) => policy.replace(" 'wasm-unsafe-eval'", ''));
  await strict.openAndPick('?backend=cpu');
  expect(await strict.topIds()).toEqual(ids);
  expect(await cpuName(strict.page)).toMatch(/JavaScript \(WebAssembly does not run here/);
  await normal.page.context().close();
  await strict.page.context().close();
});
