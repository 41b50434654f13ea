import { expect, type Locator, type Page } from '@playwright/test';

/** The film page as a visitor uses it. */
export class FilmPage {
  constructor(readonly page: Page) {}

  /** Opens the page and waits until the picker, the rows or an error are there. */
  async open(query = ''): Promise<void> {
    await this.page.goto(`./${query}`);
    await expect(
      this.page.locator('html[data-state=picker], html[data-state=ready], html[data-state=error]'),
    ).toBeAttached();
  }

  /** Opens the page as a new visitor and picks the first five films of the picker. */
  async openAndPick(query = ''): Promise<void> {
    await this.open(query);
    await this.pick(5);
  }

  async pick(count: number): Promise<void> {
    for (let film = 0; film < count; film++) await this.page.getByTestId('picker-film').nth(film).click();
    await this.page.getByTestId('picker-continue').click();
    await expect(this.topCards.first()).toBeVisible();
  }

  get topCards(): Locator {
    return this.page.locator('[data-testid=row][data-row-kind=top] [data-testid=film-card]');
  }

  /** Ids of the first films of "Top picks for you", as far as they are drawn. */
  async topIds(): Promise<string[]> {
    await expect(this.topCards.first()).toBeVisible();
    return this.topCards.evaluateAll((cards) =>
      cards.slice(0, 8).map((card) => (card as HTMLElement).dataset['itemId']!),
    );
  }

  /** Ids of every film that stands in a row, all rows scrolled to their ends. */
  async allRowIds(): Promise<string[]> {
    const rows = this.page.getByTestId('row');
    for (let row = 0; row < (await rows.count()); row++) {
      await rows.nth(row).scrollIntoViewIfNeeded();
      await rows
        .nth(row)
        .getByLabel(/^Onward/)
        .click();
    }
    await this.page.waitForTimeout(300);
    return rows
      .getByTestId('film-card')
      .evaluateAll((cards) => cards.map((card) => (card as HTMLElement).dataset['itemId']!));
  }

  /** Does something and waits until the rows that follow from it stand in the document. */
  async act(action: () => Promise<void>): Promise<void> {
    const before = await this.#actionCount();
    await action();
    await expect.poll(() => this.#actionCount()).toBeGreaterThan(before);
  }

  #actionCount(): Promise<number> {
    return this.page.evaluate(() => performance.getEntriesByName('action', 'measure').length);
  }

  async openHistory(): Promise<Locator> {
    await this.page.getByTestId('open-history').click();
    const panel = this.page.getByTestId('history-panel');
    await expect(panel).toBeVisible();
    return panel;
  }

  closeDialog(): Promise<void> {
    return this.page.keyboard.press('Escape');
  }
}
