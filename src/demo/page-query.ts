/** What the address of the page may ask for, with the values that it takes; the first is taken where none is given. */
const parameters = {
  /** Where to compute. */
  backend: ['auto', 'cpu', 'webgpu'],
  /** Where the history is kept: in this browser's database, or until the tab is closed. */
  storage: ['database', 'memory'],
} as const;

type Parameter = keyof typeof parameters;

/** What the address asks for. */
export type PageQuery = { readonly [Name in Parameter]: (typeof parameters)[Name][number] } & {
  /** In words for the visitor: what the address asks for and the page does not have; null where it has everything. */
  readonly problem: string | null;
};

/** Reads the query of the page's address, e.g. `?backend=cpu`. What it does not understand is told, not guessed. */
export function readPageQuery(search: string): PageQuery {
  const asked: { [Name in Parameter]: string } = { backend: parameters.backend[0], storage: parameters.storage[0] };
  const problems: string[] = [];
  for (const [name, value] of new URLSearchParams(search)) {
    if (!isParameter(name)) {
      problems.push(`it does not know “${name}”, only ${Object.keys(parameters).join(' and ')}`);
    } else if (!parameters[name].some((known) => known === value)) {
      problems.push(`${name} can be ${parameters[name].join(' or ')}, not “${value}”`);
    } else asked[name] = value;
  }
  return {
    ...(asked as Omit<PageQuery, 'problem'>),
    problem:
      problems.length === 0
        ? null
        : `This page’s address asks for something that it cannot do: ${problems.join('; ')}.`,
  };
}

function isParameter(name: string): name is Parameter {
  return Object.hasOwn(parameters, name);
}
