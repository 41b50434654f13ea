/**
 * Makes WGSL small for the SDK: no comments, no idle blanks, and one or two letters for every name that the sources
 * declare themselves. The host finds bindings by number and parameters by offset, so only the names of overrides and
 * of the entry point must stay. One table of names serves all sources, because some are put together at run time.
 *
 * @param {readonly string[]} sources all WGSL sources of the library
 * @returns {(source: string) => string}
 */
export function wgslMinifier(sources) {
  const shortNames = new Map();
  const counts = new Map();
  const kept = new Set(['main']);
  const declared = new Set();
  const used = new Set();
  for (const source of sources) {
    const tokens = tokensOf(source);
    for (const [position, token] of tokens.entries()) {
      if (!isName(token) || isAttribute(tokens, position)) continue;
      used.add(token);
      counts.set(token, (counts.get(token) ?? 0) + 1);
      const before = tokens[position - 1];
      if (before === 'override') kept.add(token);
      // `var<workgroup> name`; and before a colon stand parameters, fields, and the like.
      const afterTemplate = before === '>' && tokens.slice(Math.max(0, position - 6), position).includes('var');
      if (['let', 'var', 'const', 'fn', 'struct', 'alias'].includes(before) || afterTemplate) declared.add(token);
      else if (tokens[position + 1] === ':' && token !== 'default') declared.add(token);
    }
  }
  const names = [...declared].filter((name) => !kept.has(name) && !isSwizzle(name));
  names.sort((left, right) => counts.get(right) - counts.get(left) || (left < right ? -1 : 1));
  let next = 0;
  for (const name of names) {
    let short = shortName(next++);
    while (used.has(short)) short = shortName(next++);
    shortNames.set(name, short);
  }
  return (source) => {
    let text = '';
    const tokens = tokensOf(source);
    for (const [position, token] of tokens.entries()) {
      const written = isAttribute(tokens, position) ? token : (shortNames.get(token) ?? token);
      // Two words need a blank; so do signs that would read as another sign together.
      if (/\w$/.test(text) && /^\w/.test(written)) text += ' ';
      else if (/[-+*/&|<>=!]$/.test(text) && /^[-+*/&|<>=!]/.test(written)) text += ' ';
      text += written;
    }
    return text;
  };
}

/** Names, numbers and signs; comments and blanks left out. */
function tokensOf(source) {
  const bare = source.replaceAll(/\/\*[\s\S]*?\*\//g, ' ').replaceAll(/\/\/.*$/gm, '');
  return (
    bare.match(
      /[A-Za-z_]\w*|(?:0[xX][\da-fA-F.]+(?:[pP][+-]?\d+)?|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)[iufh]?|[-+*/%&|^<>=!]=|<<=?|>>=?|&&|\|\||->|\+\+|--|[^\s\w]/g,
    ) ?? []
  );
}

function isName(token) {
  return /^[A-Za-z_]\w*$/.test(token);
}

/** `@group`, and `workgroup_id` in `@builtin(workgroup_id)`: words of the language, whatever is called so elsewhere. */
function isAttribute(tokens, position) {
  return tokens[position - 1] === '@' || (tokens[position - 2] === 'builtin' && tokens[position - 3] === '@');
}

/** A name that `.` could also read as components of a vector. */
function isSwizzle(name) {
  return /^(?:[xyzw]{1,4}|[rgba]{1,4})$/.test(name);
}

/** One letter, then a letter and a number: no keyword, no component, no type of WGSL looks like that. */
function shortName(number) {
  const letters = 'cdefhijklmnopqstuvABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const round = Math.floor(number / letters.length);
  return `${letters[number % letters.length]}${round === 0 ? '' : round - 1}`;
}
