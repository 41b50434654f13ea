import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { FilmPage } from './film-page.ts';

/** @param part a selector; a dialog makes all behind it inert, and the rows behind were looked at already */
async function expectNoViolations(page: Page, where: string, part = 'html'): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).include(part).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
    where,
  ).toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test(`axe finds nothing to object to: ${colorScheme}, ${width} px`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 844 });
      const films = new FilmPage(page);
      await films.open();
      await expectNoViolations(page, 'picker');
      await films.pick(5);
      await expectNoViolations(page, 'rows');
      await films.topCards.first().getByTestId('why').click();
      await expect(page.getByTestId('why-item').first()).toBeVisible();
      await expectNoViolations(page, 'why', 'dialog');
      await films.closeDialog();
      for (const panel of ['history', 'train', 'inspector']) {
        await page.getByTestId(`open-${panel}`).click();
        await expect(page.getByTestId(panel === 'inspector' ? panel : `${panel}-panel`)).toBeVisible();
        await expectNoViolations(page, panel, 'dialog');
        await films.closeDialog();
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, 'the page must not scroll sideways').toBeLessThanOrEqual(0);
    });
  }
}

test('a visitor without a mouse picks, reads why, and gets the focus back', async ({ page }) => {
  const films = new FilmPage(page);
  await films.open();
  await page.getByTestId('picker-film').first().focus();
  for (let film = 0; film < 5; film++) {
    await page.getByTestId('picker-film').nth(film).focus();
    await page.keyboard.press('Enter');
  }
  await page.getByTestId('picker-continue').focus();
  await page.keyboard.press('Enter');
  await expect(films.topCards.first()).toBeVisible();

  const why = films.topCards.first().getByTestId('why');
  await why.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('why-dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(why).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(films.topCards.nth(1).getByTestId('why')).toBeFocused();
});
