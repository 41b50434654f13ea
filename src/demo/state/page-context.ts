import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PageModel } from './page-model.ts';

export const PageContext = createContext<PageModel | null>(null);

/** The page's model, for every component below the app. */
export function usePage(): PageModel {
  const page = useContext(PageContext);
  if (!page) throw new Error('Internal: a component outside PageContext asked for the page.');
  return page;
}
