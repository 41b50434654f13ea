import { describe, expect, test } from 'vitest';
import { displayTitle } from '../../../src/data/movielens/display-title.ts';

describe('displayTitle', () => {
  test.each([
    ['Matrix, The (1999)', 'The Matrix', [], 1999],
    ['Toy Story (1995)', 'Toy Story', [], 1995],
    ["Bug's Life, A", "A Bug's Life", [], null],
    ['American in Paris, An (1951)', 'An American in Paris', [], 1951],
    [
      'City of Lost Children, The (Cité des enfants perdus, La)',
      'The City of Lost Children',
      ['La Cité des enfants perdus'],
      null,
    ],
    ["Star Maker, The (Uomo delle stelle, L') (1995)", 'The Star Maker', ["L'Uomo delle stelle"], 1995],
    ['Boot, Das (Boat, The)', 'Das Boot', ['The Boat'], null],
    ['Pure Formality, A (Pura formalità, Una) (1994)', 'A Pure Formality', ['Una Pura formalità'], 1994],
    ['Seven (a.k.a. Se7en) (1995)', 'Seven', ['Se7en'], 1995],
    [
      'Léon: The Professional (a.k.a. The Professional) (Léon)',
      'Léon: The Professional',
      ['The Professional', 'Léon'],
      null,
    ],
    ['To Have, or Not (En avoir (ou pas)) (1995)', 'To Have, or Not', ['En avoir (ou pas)'], 1995],
    ['Babies (Bébé(s))', 'Babies', ['Bébé(s)'], null],
    ['(500) Days of Summer (2009)', '(500) Days of Summer', [], 2009],
    ['Human Centipede II (Full Sequence), The', 'The Human Centipede II (Full Sequence)', [], null],
    ['Big Bang Theory, The (2007-)', 'The Big Bang Theory', [], 2007],
    ['Fawlty Towers (1975–1979)', 'Fawlty Towers', [], 1975],
    ['96 Minutes (2011) ', '96 Minutes', [], 2011],
    ['Blind Side, The ', 'The Blind Side', [], null],
    ['Monsters, Inc. (2001)', 'Monsters, Inc.', [], 2001],
    ['Bye Bye, Love', 'Bye Bye, Love', [], null],
    [
      'Good, the Bad and the Ugly, The (Buono, il brutto, il cattivo, Il)',
      'The Good, the Bad and the Ugly',
      ['Il Buono, il brutto, il cattivo'],
      null,
    ],
    ['Nikita (Nikita)', 'Nikita', [], null],
    ['(1995)', '(1995)', [], null],
    ['', '', [], null],
  ])('%s', (raw, title, alternativeTitles, year) => {
    expect(displayTitle(raw)).toEqual({ title, alternativeTitles, year });
  });
});
