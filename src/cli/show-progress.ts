/** Says what is going on, on one line of the error stream where that is a terminal; null takes the line away. */
export function showProgress(what: string | null): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${what ?? ''}`);
}
