/**
 * Makes WGSL small for the SDK: no comments, no idle blanks, and short names for what the sources declare themselves and
 * the host does not name: bindings, `struct Params` and its fields, overrides and the entry point stay. Fields and what stands outside of functions have one table of names for all sources, because
 * some are put together at run time; within functions the letters are given anew, so that functions look alike.
 *
 * @param {readonly string[]} sources all WGSL sources of the library
 * @returns {(source: string) => string}
 */
export function wgslMinifier(sources) {
  const kept = new Set(['main', 'Params']);
  const fields = new Map();
  const globals = new Map();
  const used = new Set();
  for (const source of sources) {
    const tokens = tokensOf(source);
    const functions = functionsOf(tokens);
    for (const [position, token] of tokens.entries()) {
      if (!isName(token) || isAttribute(tokens, position)) continue;
      used.add(token);
      if (tokens[position - 1] === 'override' || isHostName(tokens, position)) kept.add(token);
      else if (functions.some(({ start, end }) => position > start && position < end)) continue;
      else if (isDeclared(tokens, position)) count(globals, token);
      else if (tokens[position + 1] === ':') count(fields, token);
    }
  }
  for (const name of kept) {
    globals.delete(name);
    fields.delete(name);
  }
  const isFree = (short) => !used.has(short);
  const fieldNames = shortNames(fields, isFree, 'cdefhijklmnopqstuv');
  const globalNames = shortNames(globals, isFree, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  return (source) => {
    const tokens = tokensOf(source);
    const functions = functionsOf(tokens);
    let scopes = [];
    let text = '';
    for (const [position, token] of tokens.entries()) {
      const next = tokens[position + 1];
      const inside = functions.find(({ start, end }) => position > start && position <= end);
      if (inside === undefined) scopes = [];
      else if (scopes.length === 0) scopes.push({ names: new Map() });
      if (inside) followScopes(scopes, tokens, position);
      if (token === ',' && (next === ')' || next === '}')) continue;
      let written = token.replace(/^(\d+\.)0$/, '$1');
      if (isOperand(tokens, position)) written = written.replace(/^(\d+)u$/, '$1');
      if (isName(token) && !isAttribute(tokens, position)) {
        const before = tokens[position - 1];
        const isMember = next === ':' && before !== 'override' && !isDeclared(tokens, position);
        if (before === '.' || (isMember && !inside)) written = fieldNames.get(token) ?? token;
        else {
          if (inside && (isMember || isDeclared(tokens, position))) declareLocal(scopes, token);
          const scope = scopes.findLast(({ names }) => names.has(token));
          written = (scope?.names ?? globalNames).get(token) ?? token;
        }
      }
      // Two words need a blank; so do signs that would read as another sign together.
      if (/\w$/.test(text) && /^\w/.test(written)) text += ' ';
      else if (/[-+*/&|<>=!]$/.test(text) && /^[-+*/&|<>=!]/.test(written)) text += ' ';
      text += written;
    }
    return text;
  };
}

/** Opens and closes the scopes of a function's blocks; a loop's head belongs to its body. */
function followScopes(scopes, tokens, position) {
  const token = tokens[position];
  if (token === 'for') scopes.push({ names: new Map(), isLoop: true });
  if (token === '{') scopes.push({ names: new Map() });
  if (token !== '}') return;
  scopes.pop();
  if (scopes.at(-1)?.isLoop) scopes.pop();
}

/** A new variable takes the first letter that no variable in sight has. */
function declareLocal(scopes, name) {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const number = scopes.reduce((sum, { names }) => sum + names.size, 0);
  const round = Math.floor(number / letters.length);
  scopes.at(-1).names.set(name, `${letters[number % letters.length]}${round === 0 ? '' : round - 1}`);
}

/** The functions of a source: `start` is the position of the name, `end` that of the closing brace. */
function functionsOf(tokens) {
  const functions = [];
  let start = null;
  let depth = 0;
  for (const [position, token] of tokens.entries()) {
    if (token === 'fn') start = position + 1;
    if (token === '{') depth++;
    if (token !== '}') continue;
    depth--;
    if (depth > 0 || start === null) continue;
    functions.push({ start, end: position });
    start = null;
  }
  return functions;
}

/** `let name`, `fn name`, and the like; `var<workgroup> name` too. */
function isDeclared(tokens, position) {
  const before = tokens[position - 1];
  if (['let', 'var', 'const', 'fn', 'struct', 'alias'].includes(before)) return true;
  return before === '>' && tokens.slice(Math.max(0, position - 6), position).includes('var');
}

/** A binding, or a field of `struct Params`. */
function isHostName(tokens, position) {
  if (tokens[position + 1] !== ':') return false;
  if (tokens[position - 1] === '>') return tokens.slice(Math.max(0, position - 10), position).includes('binding');
  const brace = tokens.lastIndexOf('{', position);
  return brace > 1 && tokens[brace - 1] === 'Params' && tokens[brace - 2] === 'struct';
}

/** One letter each as long as they last, the most frequent first; then a letter and a number. */
function shortNames(counts, isFree, letters) {
  const names = [...counts.keys()].sort(
    (left, right) => counts.get(right) - counts.get(left) || (left < right ? -1 : 1),
  );
  const short = new Map();
  let next = 0;
  for (const name of names) {
    let candidate;
    do {
      const round = Math.floor(next / letters.length);
      candidate = `${letters[next % letters.length]}${round === 0 ? '' : round - 1}`;
      next++;
    } while (!isFree(candidate));
    short.set(name, candidate);
  }
  return short;
}

function count(counts, name) {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** A number beside an operator takes the type of the other operand, so that it needs no suffix. */
function isOperand(tokens, position) {
  const operators = /^(?:[-+*/%&|^]=?|[<>!=]=|<<=?|>>=?|[<>])$/;
  const [before, after] = [tokens[position - 1], tokens[position + 1]];
  if (before === '~') return false;
  const other = operators.test(before)
    ? tokens[position - 2]
    : operators.test(after)
      ? tokens[position + 2]
      : undefined;
  return other !== undefined && !/^\d/.test(other);
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
