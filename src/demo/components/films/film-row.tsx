import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FilmRow } from '../../compose-rows.ts';
import { FilmCard } from './film-card.tsx';
import { Icon } from '../icon.tsx';

/** Cards that stand in the document before somebody scrolls the row: what a wide screen shows, and a bit. */
const firstCards = 10;

/** One row of films: scrolls sideways; arrow keys move along it, up and down keys to its neighbours. */
export function FilmRowView({ row }: { readonly row: FilmRow }): JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  const end = useRef<HTMLLIElement>(null);
  const [isWhole, setWhole] = useState(false);
  const [activeId, setActiveId] = useState<string | null>(null);
  const items = isWhole ? row.items : row.items.slice(0, firstCards);
  const tabStop = items.some(({ itemId }) => itemId === activeId) ? activeId : items[0]?.itemId;

  useEffect(() => {
    if (isWhole || !end.current) return undefined;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setWhole(true),
      { root: list.current, rootMargin: '0px 300px' },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [isWhole]);

  const scroll = (direction: 1 | -1) => {
    setWhole(true);
    const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth';
    list.current?.scrollBy({ left: direction * list.current.clientWidth * 0.85, behavior });
  };
  const headingId = `row-${row.key}`;

  return (
    <section class="row" data-testid="row" data-row-kind={row.kind} aria-labelledby={headingId}>
      <div class="row-head">
        <div>
          <h2 id={headingId}>{row.title}</h2>
          <p class="row-note">{row.note}</p>
        </div>
        <div class="row-scrollers">
          <button
            type="button"
            class="round-button"
            tabIndex={-1}
            aria-label={`Back in ${row.title}`}
            onClick={() => scroll(-1)}
          >
            <Icon name="left" />
          </button>
          <button
            type="button"
            class="round-button"
            tabIndex={-1}
            aria-label={`Onward in ${row.title}`}
            onClick={() => scroll(1)}
          >
            <Icon name="right" />
          </button>
        </div>
      </div>
      <ul
        class="row-list"
        ref={list}
        onKeyDown={(event) => moveFocus(event, () => setWhole(true))}
        onFocusIn={(event) =>
          setActiveId((event.target as Element).closest<HTMLElement>('[data-item-id]')?.dataset['itemId'] ?? null)
        }
      >
        {items.map((item, index) => {
          const isFeatured = row.kind === 'top' && index === 0;
          // The featured card is another element: Chromium 147 keeps the old styles of the children of a card whose
          // class changes here.
          const key = isFeatured ? `featured-${item.itemId}` : item.itemId;
          return <FilmCard key={key} item={item} isTabStop={item.itemId === tabStop} isFeatured={isFeatured} />;
        })}
        {!isWhole && row.items.length > firstCards && <li ref={end} class="row-end" aria-hidden="true" />}
      </ul>
    </section>
  );
}

/** Left and right: the same control of the next card. Up and down: the row above or below. Home and End: the ends. */
function moveFocus(event: TargetedKeyboardEvent<HTMLUListElement>, showAll: () => void): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  const from = event.target as HTMLElement;
  const card = from.closest('.film-card');
  if (!card) return;
  const list = event.currentTarget;
  let next: Element | null | undefined;
  switch (event.key) {
    case 'ArrowRight':
      next = card.nextElementSibling;
      break;
    case 'ArrowLeft':
      next = card.previousElementSibling;
      break;
    case 'Home':
      next = list.firstElementChild;
      break;
    case 'End':
      showAll();
      next = list.querySelector('.film-card:last-of-type') ?? list.lastElementChild;
      break;
    case 'ArrowDown':
    case 'ArrowUp': {
      const rows = [...document.querySelectorAll('.row-list')];
      const row = rows[rows.indexOf(list) + (event.key === 'ArrowDown' ? 1 : -1)];
      next = row?.querySelector('[tabindex="0"]')?.closest('.film-card');
      break;
    }
    default:
      return;
  }
  event.preventDefault();
  const control =
    next?.querySelector<HTMLElement>(`[data-control="${from.dataset['control']}"]`) ??
    next?.querySelector<HTMLElement>('[data-control]');
  control?.focus();
  next?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
