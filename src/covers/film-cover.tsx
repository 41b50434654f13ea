import type { JSX } from 'preact';
import type { Film } from '../data/movielens/catalogue.ts';
import { type CoverDesign, coverDesign } from './cover-design.ts';

/** Designs of films shown already; drawing one up costs about 20 µs, keeping it saves the paths' identity. */
const designs = new Map<string, CoverDesign>();

function designOf(film: Film): CoverDesign {
  let design = designs.get(film.id);
  if (!design) designs.set(film.id, (design = coverDesign(film)));
  return design;
}

/** A drawn cover. It repeats what the text beside it says, so assistive technology skips it. */
export function FilmCover({ film }: { readonly film: Film }): JSX.Element {
  const { palette, shapes, era, lettering, title, subtitle, titleSize } = designOf(film);
  return (
    <span
      class={`cover cover-${era} cover-${lettering}`}
      aria-hidden="true"
      style={{
        '--ground': palette.ground,
        '--shade': palette.shade,
        '--accent-ink': palette.accent,
        '--second': palette.second,
        '--ink': palette.ink,
        '--title-size': `${titleSize}cqi`,
      }}
    >
      <svg class="cover-picture" viewBox="0 0 200 200" focusable="false">
        {shapes.map((shape, index) => (
          <path
            key={index}
            class={shape.line ? `line-${shape.tone}` : `fill-${shape.tone}`}
            d={shape.path}
            stroke-width={shape.line}
          />
        ))}
      </svg>
      <span class="cover-lettering">
        <span class="cover-title">{title}</span>
        {subtitle && <span class="cover-subtitle">{subtitle}</span>}
        <span class="cover-year">{film.year ?? ''}</span>
      </span>
    </span>
  );
}
