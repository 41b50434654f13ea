import type { JSX } from 'preact';

/** Line drawings in a field of 24 × 24. */
const paths = {
  like: 'M7 21V10l4.5-7.500c1.7 0 2.7 1.2 2.4 2.900L13.2 9H19a2 2 0 0 1 2 2.400l-1.5 7.500A2.6 2.6 0 0 1 17 21ZM7 10H3v11h4',
  dislike:
    'M17 3v11l-4.5 7.500c-1.7 0-2.7-1.2-2.4-2.900l.7-3.600H5a2 2 0 0 1-2-2.400l1.5-7.500A2.6 2.6 0 0 1 7 3ZM17 14h4V3h-4',
  skip: 'M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18ZM5.7 5.700l12.6 12.6',
  why: 'M9.2 9.200a2.9 2.9 0 1 1 4.3 2.500c-1 .6-1.5 1.1-1.5 2.300M12 17.200v.3M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18Z',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13ZM15.3 15.3 21 21',
  history: 'M4 12a8 8 0 1 0 2.5-5.800L4 8.500M4 4v4.500h4.500M12 8v4.300l3 1.9',
  train: 'M4 19h16M6.5 15.500l3.5-5 3.5 2.5 5-8M14.5 5h4v4',
  inspect: 'M4 7h9M17 7h3M4 17h3M11 17h9M13 4.500v5M7 14.500v5',
  close: 'M6 6l12 12M18 6 6 18',
  check: 'M5 12.500l4.5 4.500L19 7.5',
  back: 'M19 12H5M11 6l-6 6 6 6',
  left: 'M14.5 6l-6 6 6 6',
  right: 'M9.5 6l6 6-6 6',
  trash: 'M5 7h14M10 7V4.500h4V7M7 7l1 13h8l1-13M10.5 11v5.500M13.5 11v5.5',
  lock: 'M6.5 11h11v9h-11ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
} as const;

export type IconName = keyof typeof paths;

/** A decorative icon; the control that holds it carries the words. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
