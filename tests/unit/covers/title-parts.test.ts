import { describe, expect, it } from 'vitest';
import { titleParts } from '../../../src/covers/title-parts.ts';

describe('titleParts', () => {
  it.each([
    ['The Matrix', 'The Matrix', null],
    ['Star Wars: Episode IV - A New Hope', 'Star Wars', 'Episode IV - A New Hope'],
    ['Léon - The Professional', 'Léon', 'The Professional'],
    ['X-Men', 'X-Men', null],
    ['M*A*S*H', 'M*A*S*H', null],
    ['9: The Film', '9: The Film', null],
  ])('%j is %j and %j', (title, main, subtitle) => {
    expect(titleParts(title)).toEqual({ main, subtitle });
  });
});
