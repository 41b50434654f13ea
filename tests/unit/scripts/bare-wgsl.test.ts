import { expect, test } from 'vitest';
import { bareWgsl } from '../../../scripts/build/bare-wgsl.mjs';

test.each([
  ['a line comment ends with its line', 'let a = 1u; // one: /* not open\nlet b = 2u;', 'let a = 1u;\nlet b = 2u;'],
  ['a block comment separates words', 'let/* name */a = 1u;', 'let a = 1u;'],
  ['block comments nest', 'a /* b /* c */ d */ e', 'a   e'],
  ['two slashes in a block comment are nothing', 'a /* // */ b', 'a   b'],
  ['a slash right after a comment has opened does not close it', 'a /*/ b */ c', 'a   c'],
  ['an open block comment takes the rest', 'a /* b', 'a'],
  ['a comment on the last line needs no line end', 'a // b', 'a'],
  ['blank lines and blanks at the ends of lines go', '\n  a\n\n \t\n\tb  \r\n', 'a\nb'],
  ['blanks inside of a line and division stay', 'x  =  a / b / c * d', 'x  =  a / b / c * d'],
])('%s', (_, source, bare) => {
  expect(bareWgsl(source)).toBe(bare);
});
