import { expect, test, vi } from 'vitest';

test("the README's TypeScript runs as it stands and prints what it says", async () => {
  const printed: unknown[][] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(values));
  try {
    await import('virtual:readme/all.ts');
  } finally {
    log.mockRestore();
  }
  expect(printed.length).toBeGreaterThan(0);
  for (const values of printed) expect(values).not.toContain(undefined);
});
