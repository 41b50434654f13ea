import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { codeBlocks } from '../../scripts/readme-blocks.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  scripts: Record<string, string>;
};

test('every npm script that the README names exists', () => {
  const named = [...readme.matchAll(/npm (?:run (?:-s )?)?(start|test|(?<=run (?:-s )?)[\w:-]+)/g)].map(
    (match) => match[1]!,
  );
  expect(named).toContain('start');
  expect(named).toContain('test');
  expect(named).toContain('evaluate');
  for (const name of named) expect(scripts, `the README names npm script ${name}`).toHaveProperty([name]);
});

test('every file that the README links to exists', () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map((match) => match[1]!);
  expect(links.length).toBeGreaterThan(2);
  for (const link of links) {
    expect(() => readFileSync(new URL(`../../${link}`, import.meta.url)), `the README links to ${link}`).not.toThrow();
  }
});

test('the README holds TypeScript to run and a shell block to copy', () => {
  expect(codeBlocks(readme, 'ts').length).toBeGreaterThan(0);
  expect(codeBlocks(readme, 'sh').length).toBeGreaterThan(0);
});
