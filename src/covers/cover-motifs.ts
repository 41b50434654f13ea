import * as bright from './bright-motifs.ts';
import type { CoverGenre } from './cover-palettes.ts';
import type { CoverShape } from './cover-shapes.ts';
import * as dark from './dark-motifs.ts';
import * as far from './far-motifs.ts';
import type { Motif, Random } from './motif.ts';
import * as near from './near-motifs.ts';

const motifs = {
  'Film-Noir': [dark.streetLamp, dark.blinds],
  Western: [far.mesa, far.lawStar],
  Musical: [bright.equalizer, bright.record],
  War: [far.chevrons, far.flagSun],
  Documentary: [far.contactSheet, far.aperture],
  Horror: [dark.bareTrees, dark.eye, dark.drips],
  Animation: [bright.friends, bright.bouncing],
  'Sci-Fi': [far.planet, far.orbits, far.horizonGrid],
  Fantasy: [far.castle, far.crescent],
  Mystery: [dark.keyhole, dark.lens],
  Children: [bright.balloons, bright.blocks],
  Crime: [dark.blinds, dark.fingerprint, dark.skyline],
  Romance: [near.overlap, near.heart, near.sunOnWater],
  Thriller: [dark.turningSquares, dark.target, dark.stairs],
  Action: [far.sunburst, far.speed],
  Adventure: [far.peaks, far.compass, far.sail],
  Comedy: [bright.confetti, bright.grin, bright.spotlight],
  Drama: [near.doorway, near.hills, near.arches, near.halves, near.rain],
  '': [near.halves, near.arches],
} as const satisfies Record<CoverGenre, readonly Motif[]>;

/** The picture for a genre; `random` chooses which of its motifs and how it is composed. */
export function coverPicture(genre: CoverGenre, random: Random): CoverShape[] {
  const choices: readonly Motif[] = motifs[genre];
  return choices[Math.floor(random() * choices.length)]!(random).filter(({ path }) => path !== '');
}
