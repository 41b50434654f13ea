import { RecommenderError } from '../errors.ts';

/**
 * SHA-256 as 64 lower-case hexadecimal digits.
 *
 * @throws {RecommenderError} there is no `crypto.subtle`, because the page is not served over https or from localhost
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle;
  if (subtle === undefined) {
    throw new RecommenderError(
      'Checking a file needs crypto.subtle, which only secure pages have. Serve this one over https, or from localhost.',
    );
  }
  const digest = await subtle.digest('SHA-256', new Uint8Array(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
