import type { JSX, TargetedFocusEvent } from 'preact';
import { useLayoutEffect, useRef, useState, useEffect } from 'preact/hooks';
import { usePage } from '../../state/page-context.ts';
import { FilmRowView } from './film-row.tsx';

/** Rows drawn in the first go; the rest follow in tasks of their own, below the fold. */
const firstRows = 2;

/** All rows. Tells the model when a change stands in the document, and keeps the focus where it was. */
export function RowsView(): JSX.Element {
  const page = usePage();
  const rows = page.rows.value;
  const root = useRef<HTMLDivElement>(null);
  const focus = useRef<{ rowIndex: number; cardIndex: number; control: string } | null>(null);
  const [drawnCount, setDrawnCount] = useState(firstRows);

  useEffect(() => {
    if (drawnCount >= rows.length) return undefined;
    const timer = setTimeout(() => setDrawnCount(drawnCount + 1), 0);
    return () => clearTimeout(timer);
  }, [drawnCount, rows.length]);

  useLayoutEffect(() => {
    page.rowsCommitted();
    // The card that had the focus has left its row: the one that took its place gets it.
    const lost = focus.current;
    if (!lost || (document.activeElement !== document.body && document.activeElement !== null)) return;
    const lists = root.current?.querySelectorAll('.row-list');
    const list = lists?.[Math.min(lost.rowIndex, lists.length - 1)];
    const card = list?.children[Math.min(lost.cardIndex, list.children.length - 1)];
    card?.querySelector<HTMLElement>(`[data-control="${lost.control}"]`)?.focus({ preventScroll: true });
  }, [rows]);

  const rememberFocus = (event: TargetedFocusEvent<HTMLDivElement>) => {
    const target = event.target as HTMLElement;
    const list = target.closest('.row-list');
    const card = target.closest('.film-card');
    const control = target.dataset['control'];
    focus.current =
      list && card && control
        ? {
            rowIndex: [...event.currentTarget.querySelectorAll('.row-list')].indexOf(list),
            cardIndex: [...list.children].indexOf(card),
            control,
          }
        : null;
  };
  const forgetFocus = (event: TargetedFocusEvent<HTMLDivElement>) => {
    if (event.relatedTarget !== null) focus.current = null;
  };

  return (
    <div class="rows" ref={root} aria-busy={page.isRanking.value} onFocusIn={rememberFocus} onFocusOut={forgetFocus}>
      {rows.slice(0, drawnCount).map((row) => (
        <FilmRowView key={row.key} row={row} />
      ))}
      {rows.slice(drawnCount).map((row) => (
        <div key={`waiting-${row.key}`} class="row row-waiting" />
      ))}
    </div>
  );
}
