/** Sixteen hexadecimal digits that depend on every part: two FNV-1a hashes over UTF-16, with two start values. */
export function fingerprint(parts: readonly (string | number)[]): string {
  const text = parts.join('\u0000');
  return [0x811c_9dc5, 0x1b87_3593]
    .map((start) => {
      let hash = start;
      for (let place = 0; place < text.length; place++) hash = Math.imul(hash ^ text.charCodeAt(place), 0x0100_0193);
      return (hash >>> 0).toString(16).padStart(8, '0');
    })
    .join('');
}
