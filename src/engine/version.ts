/** The version of this package; a test compares it with package.json. Verdicts on a GPU are stored per version. */
export const packageVersion = '0.1.0';
