import type { JSX } from 'preact';
import type { Film } from '../../film.ts';
import { usePage } from '../../state/page-context.ts';
import { Icon, type IconName } from '../icon.tsx';
import { StarSlider } from './star-slider.tsx';

interface FilmControlsProps {
  readonly film: Film;
  readonly tabIndex?: number;
  /** Words beside the icons, where there is room. */
  readonly isLabelled?: boolean;
  /** Whether the film is one that can be explained: it has a score for this visitor. */
  readonly canExplain?: boolean;
}

/** Everything that a visitor can say of a film: stars, like, dislike, not interested; and asking why. */
export function FilmControls({
  film,
  tabIndex = 0,
  isLabelled = false,
  canExplain = true,
}: FilmControlsProps): JSX.Element {
  const page = usePage();
  const said = page.preferences.value.get(film.id);
  const { id: filmId, title } = film;
  const liked = said?.stars === null && said.strength > 0;
  const disliked = said?.stars === null && said.strength <= -0.5;
  const skipped = said?.stars === null && said.strength < 0 && said.strength > -0.5;

  return (
    <div class={isLabelled ? 'controls controls-labelled' : 'controls'}>
      <StarSlider
        title={title}
        stars={said?.stars ?? null}
        tabIndex={tabIndex}
        onRate={(stars) => void page.rate(filmId, stars)}
      />
      <div class="control-buttons">
        <Control
          name="like"
          icon="like"
          label="Like"
          {...{ title, tabIndex, isLabelled }}
          pressed={liked}
          onPress={() => void page.like(filmId)}
        />
        <Control
          name="dislike"
          icon="dislike"
          label="Dislike"
          {...{ title, tabIndex, isLabelled }}
          pressed={disliked}
          onPress={() => void page.dislike(filmId)}
        />
        <Control
          name="not-interested"
          icon="skip"
          label="Not interested"
          {...{ title, tabIndex, isLabelled }}
          pressed={skipped}
          onPress={() => void page.notInterested(filmId)}
        />
        {canExplain && (
          <Control
            name="why"
            icon="why"
            label="Why this?"
            {...{ title, tabIndex, isLabelled }}
            onPress={() => page.dialogs.push({ kind: 'why', filmId })}
          />
        )}
      </div>
    </div>
  );
}

interface ControlProps {
  readonly name: string;
  readonly icon: IconName;
  readonly label: string;
  readonly title: string;
  readonly tabIndex: number;
  readonly isLabelled: boolean;
  readonly pressed?: boolean;
  readonly onPress: () => void;
}

function Control({ name, icon, label, title, tabIndex, isLabelled, pressed, onPress }: ControlProps): JSX.Element {
  return (
    <button
      type="button"
      class="control"
      data-testid={name}
      data-control={name}
      tabIndex={tabIndex}
      title={isLabelled ? undefined : label}
      aria-label={`${label}: ${title}`}
      aria-pressed={pressed}
      onClick={onPress}
    >
      <Icon name={icon} />
      {isLabelled && <span>{label}</span>}
    </button>
  );
}
