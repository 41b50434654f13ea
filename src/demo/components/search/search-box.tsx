import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from '../icon.tsx';

interface SearchBoxProps {
  readonly query: string;
  readonly onQuery: (query: string) => void;
  /** Called for the down key: where the results begin. */
  readonly onEnterResults: () => void;
  readonly placeholder: string;
}

/** The search field. `/` anywhere on the page focuses it; Escape empties it. */
export function SearchBox({ query, onQuery, onEnterResults, placeholder }: SearchBoxProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);

  // Before the first frame: a key pressed as soon as the field is there must not be lost.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.closest('input, textarea, select, dialog');
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);

  return (
    <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        data-testid="search"
        aria-label="Search films"
        aria-keyshortcuts="/"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="search"
        placeholder={placeholder}
        value={query}
        onInput={(event) => onQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onQuery('');
          else if (event.key === 'ArrowDown' || event.key === 'Enter') onEnterResults();
          else return;
          event.preventDefault();
        }}
      />
      {query === '' ? (
        <kbd class="search-key" aria-hidden="true">
          /
        </kbd>
      ) : (
        <button
          type="button"
          class="search-clear"
          aria-label="Clear the search"
          onClick={() => {
            onQuery('');
            input.current?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </form>
  );
}
