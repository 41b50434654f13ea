/**
 * WGSL without what only people read: comments, blank lines, and blanks at either end of a line. Every other character
 * stays.
 *
 * @param {string} source
 * @returns {string}
 */
export function bareWgsl(source) {
  return withoutComments(source)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

/** A blank takes the place of a block comment, so that the words on both sides stay two. */
function withoutComments(source) {
  let text = '';
  let position = 0;
  while (position < source.length) {
    if (source.startsWith('//', position)) position = indexOrEnd(source, source.indexOf('\n', position));
    else if (source.startsWith('/*', position)) {
      position = endOfBlockComment(source, position);
      text += ' ';
    } else text += source[position++];
  }
  return text;
}

/** Block comments nest. */
function endOfBlockComment(source, start) {
  const ends = /\/\*|\*\//g;
  ends.lastIndex = start;
  let depth = 0;
  for (let match = ends.exec(source); match !== null; match = ends.exec(source)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return ends.lastIndex;
  }
  return source.length;
}

function indexOrEnd(source, index) {
  return index < 0 ? source.length : index;
}
