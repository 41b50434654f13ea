import type { JSX, TargetedKeyboardEvent, TargetedMouseEvent } from 'preact';
import { useState } from 'preact/hooks';

interface StarSliderProps {
  /** The film's title, for the control's name. */
  readonly title: string;
  /** The stars given, 0.5–5; null where none are. */
  readonly stars: number | null;
  readonly onRate: (stars: number) => void;
  readonly tabIndex?: number;
}

const starNumbers = [1, 2, 3, 4, 5] as const;

/**
 * Five stars in half steps. By pointer: the left third of a star is its half. By keyboard: arrows choose, Enter
 * gives, Escape takes the choice back, so that a film is not rated on the way to the stars that one means.
 */
export function StarSlider({ title, stars, onRate, tabIndex = 0 }: StarSliderProps): JSX.Element {
  const [draft, setDraft] = useState<number | null>(null);
  const shown = draft ?? stars ?? 0;

  const starsAt = (event: TargetedMouseEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const position = Math.min(4.999, Math.max(0, ((event.clientX - left) / width) * 5));
    return Math.floor(position) + (position % 1 < 0.34 ? 0.5 : 1);
  };
  const give = (value: number) => {
    setDraft(null);
    if (value > 0) onRate(value);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const move = {
      ArrowRight: shown + 0.5,
      ArrowUp: shown + 0.5,
      ArrowLeft: shown - 0.5,
      ArrowDown: shown - 0.5,
      Home: 0.5,
      End: 5,
    }[event.key];
    if (move !== undefined) setDraft(Math.min(5, Math.max(0.5, move)));
    else if (event.key === 'Enter' || event.key === ' ') give(shown);
    else if (event.key === 'Escape' && draft !== null) setDraft(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      class="stars"
      data-testid="stars"
      data-control="stars"
      role="slider"
      tabIndex={tabIndex}
      aria-label={`Rate ${title}`}
      aria-valuemin={0}
      aria-valuemax={5}
      aria-valuenow={shown}
      aria-valuetext={valueText(shown, draft !== null)}
      onClick={(event) => give(starsAt(event))}
      onPointerMove={(event) => event.pointerType === 'mouse' && setDraft(starsAt(event))}
      onPointerLeave={() => setDraft(null)}
      onBlur={() => setDraft(null)}
      onKeyDown={onKeyDown}
    >
      {starNumbers.map((number) => (
        <span key={number} class="star" data-testid={`rate-${number}`} data-fill={fillOf(shown, number)} />
      ))}
    </div>
  );
}

function fillOf(stars: number, number: number): 'none' | 'half' | 'full' {
  if (stars >= number) return 'full';
  return stars >= number - 0.5 ? 'half' : 'none';
}

function valueText(stars: number, isDraft: boolean): string {
  if (stars === 0) return 'Not rated';
  return `${stars} ${stars === 1 ? 'star' : 'stars'}${isDraft ? ', Enter gives them' : ''}`;
}
