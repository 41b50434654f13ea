import { chromium, expect, test } from '@playwright/test';
import { npmChromium, webGpuFlags } from '../../scripts/chromium.mjs';
import { startRecordingProxy } from '../../scripts/recording-proxy.mjs';
import { FilmPage } from './film-page.ts';

test('nothing leaves the origin: everything the page does, behind a proxy that records and refuses the rest', async ({
  baseURL,
}) => {
  const proxy = await startRecordingProxy(baseURL!);
  const { executablePath, env } = await npmChromium();
  const browser = await chromium.launch({
    executablePath,
    env,
    args: webGpuFlags,
    proxy: { server: proxy.server, bypass: '<-loopback>' },
  });
  try {
    const context = await browser.newContext({ baseURL: baseURL!, bypassCSP: false });
    const films = new FilmPage(await context.newPage());
    const violations: string[] = [];
    films.page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) violations.push(message.text());
    });
    await films.openAndPick();
    await films.act(() => films.topCards.nth(1).getByTestId('like').click());
    await films.page.getByTestId('open-inspector').click();
    await expect(films.page.getByTestId('bytes-sent')).toHaveText('0');
    await films.page.getByTestId('compare-now').click();
    await expect(films.page.getByTestId('compare-result')).toBeVisible({ timeout: 60_000 });
    await films.page.reload();
    await films.topIds();

    expect(proxy.passed(), 'the proxy must have seen the page itself').toBeGreaterThan(5);
    expect(proxy.refused).toEqual([]);
    expect(violations).toEqual([]);

    // The controls. The page's own policy stops a foreign request …
    const blocked = await films.page.evaluate(() =>
      fetch('http://203.0.113.1/beacon').then(
        () => 'sent',
        () => 'blocked',
      ),
    );
    expect(blocked).toBe('blocked');
    expect(proxy.refused).toEqual([]);
    // … and without the policy the proxy does see one, so that its silence means something.
    const open = await (await browser.newContext({ bypassCSP: true })).newPage();
    await open.goto(baseURL!);
    await open.evaluate(() => fetch('http://203.0.113.1/beacon', { mode: 'no-cors' }).catch(() => null));
    expect(proxy.refused.join()).toContain('203.0.113.1');
  } finally {
    await browser.close();
    await proxy.close();
  }
});

test('the server sends a strict policy, and cross-origin isolation is not required', async ({ request }) => {
  const headers = (await request.get('./')).headers();
  const policy = headers['content-security-policy']!;
  expect(policy).toContain("default-src 'self'");
  // The page may compile WebAssembly of its own origin; no text becomes code or style.
  expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
  expect(policy.replace("'wasm-unsafe-eval'", '')).not.toContain('unsafe');
  expect(headers['cross-origin-embedder-policy']).toBeUndefined();
});
