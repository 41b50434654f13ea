/** Four inks of a cover, as hex colours. */
export interface CoverPalette {
  /** The paper. */
  readonly ground: string;
  /** A near neighbour of the ground, for large quiet shapes. */
  readonly shade: string;
  /** The colour that one remembers. */
  readonly accent: string;
  /** Lettering: at least 4.5 : 1 on the ground. */
  readonly ink: string;
}

const palette = (ground: string, shade: string, accent: string, ink: string): CoverPalette => ({
  ground,
  shade,
  accent,
  ink,
});

/**
 * Genres from the most to the least telling: a film that is "Drama, Western" is drawn as a western.
 * Each has a few palettes; the film's id picks one.
 */
export const coverGenres = {
  'Film-Noir': [
    palette('#16181d', '#2a2e37', '#d8c9a3', '#f3ecdc'),
    palette('#1d1a18', '#35302b', '#b9b2a6', '#f5f1ea'),
  ],
  Western: [palette('#e0a458', '#c47f3a', '#7a2e1d', '#2a120a'), palette('#f0d9ae', '#dcb277', '#b4481e', '#3a1a0c')],
  Musical: [palette('#571845', '#7a2460', '#ffc300', '#fff1f8'), palette('#ffd6e0', '#ffb0c6', '#d4145a', '#4a0a24')],
  War: [palette('#4b5239', '#363c29', '#d9c27e', '#f5f1de'), palette('#c9c3a5', '#a9a27f', '#8f2d1f', '#23241a')],
  Documentary: [
    palette('#ecebe4', '#d5d3c8', '#e4572e', '#1f2328'),
    palette('#1f3a3d', '#2d5155', '#f2b134', '#eef6f5'),
  ],
  Horror: [
    palette('#120c12', '#2a1420', '#d1203a', '#f6e9e9'),
    palette('#1b2416', '#2f3d25', '#b7d43f', '#eff5e2'),
    palette('#7d0f1d', '#560812', '#f2d8b8', '#fff3ea'),
  ],
  Animation: [
    palette('#2ec4b6', '#1fa396', '#fff1b8', '#06302c'),
    palette('#ffcf56', '#f7b02e', '#ef476f', '#3b1f00'),
    palette('#2a6cb8', '#1f5694', '#ffd166', '#ffffff'),
  ],
  'Sci-Fi': [
    palette('#0b1b3b', '#15305f', '#58d5e8', '#e8f6ff'),
    palette('#241344', '#3a2168', '#ff6ac1', '#f7edff'),
    palette('#d9e4ec', '#b7c9d6', '#f2542d', '#0e2433'),
  ],
  Fantasy: [palette('#2b2d6b', '#42459a', '#ffcb69', '#f4f0ff'), palette('#0f4c4a', '#18696a', '#e8c1f0', '#eafaf6')],
  Mystery: [palette('#22223b', '#393a5e', '#e9b872', '#f4efe6'), palette('#0f3b3f', '#19565b', '#f2e5c4', '#f2f7f0')],
  Children: [
    palette('#8fd3fe', '#62bdf5', '#ff7b54', '#0b2f4a'),
    palette('#fff0b3', '#ffdf70', '#3fa7d6', '#40300a'),
    palette('#b8e0b0', '#93cb8a', '#f0567a', '#16391a'),
  ],
  Crime: [
    palette('#22252a', '#383d45', '#f2c14e', '#f5f2ea'),
    palette('#d7d2c4', '#bab39f', '#b3261e', '#1d1b16'),
    palette('#3b1f2b', '#57303f', '#f28f3b', '#fbeee4'),
  ],
  Romance: [
    palette('#f7cfc7', '#efaea3', '#c9304c', '#4a1420'),
    palette('#fbe4d8', '#f3c5b2', '#7d3c98', '#3c1840'),
    palette('#8c2f4b', '#6f1f38', '#ffc2b4', '#fff0ec'),
  ],
  Thriller: [
    palette('#e4572e', '#c6401b', '#17161a', '#1a0d08'),
    palette('#13293d', '#1f3f5b', '#f25f4c', '#edf4fa'),
    palette('#2d2a32', '#443f4c', '#ddd92a', '#f7f6e4'),
  ],
  Action: [
    palette('#d62828', '#b01b1b', '#fcbf49', '#ffffff'),
    palette('#1d2d44', '#2c4262', '#ff9f1c', '#f4f7fb'),
    palette('#ffb703', '#f79400', '#c1121f', '#241400'),
  ],
  Adventure: [
    palette('#f4e2b8', '#e5c57f', '#2a7f62', '#2a2410'),
    palette('#1b4d5c', '#276b7e', '#ffd27d', '#eef8f9'),
    palette('#e98a4b', '#d26e2c', '#1e3f54', '#241003'),
  ],
  Comedy: [
    palette('#ffd23f', '#ffbd0a', '#ee4266', '#2d1c00'),
    palette('#f6ede0', '#ead9bf', '#1f7a8c', '#23201b'),
    palette('#f7a072', '#f28552', '#0f5257', '#2e1206'),
    palette('#bfe3d0', '#98cfb3', '#e8505b', '#12352a'),
  ],
  Drama: [
    palette('#e9e3d8', '#d5cabb', '#35506b', '#1f252b'),
    palette('#2f3e46', '#43555f', '#e0a96d', '#f3f1ea'),
    palette('#b5452f', '#96351f', '#f4d58d', '#fff6ea'),
    palette('#d7dfe3', '#b9c7ce', '#8a3b4c', '#1d2a31'),
    palette('#4a4063', '#5f5480', '#f0b7a4', '#f8f2f6'),
  ],
  '': [palette('#e6e6e1', '#cfcfc7', '#5b6770', '#24282b')],
} as const satisfies Record<string, readonly CoverPalette[]>;

export type CoverGenre = keyof typeof coverGenres;

/** The film's genres that have a palette and a motif, the most telling first; `['']` where there is none. */
export function tellingGenres(genres: readonly string[]): CoverGenre[] {
  const known = (Object.keys(coverGenres) as CoverGenre[]).filter((genre) => genres.includes(genre));
  return known.length > 0 ? known : [''];
}
