/** The version of this package; a test holds it to package.json. Verdicts on a GPU are kept by it. */
export const packageVersion = '0.1.0';
