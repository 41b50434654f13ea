import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'vite';
import { reportSizes } from './report-sizes.mjs';

/** Says after a build how large the page's files are: in `artifacts/sizes-page.md`, and to the reader of the log. */
export function pageSizes(): Plugin {
  return {
    name: 'pocketrec-page-sizes',
    apply: 'build',
    closeBundle: {
      // After the service worker was written.
      order: 'post',
      sequential: true,
      async handler() {
        const { config } = this.environment;
        const folder = path.resolve(config.root, config.build.outDir);
        const entries = await readdir(folder, { recursive: true, withFileTypes: true });
        const files = entries
          .filter((entry) => entry.isFile())
          .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
        const isData = (file: string): boolean => /^(?:datasets|models)\b/.test(file);
        const { table } = await reportSizes('page', {
          folder,
          files,
          totals: [
            { name: 'page and engine', includes: (file) => !isData(file) },
            { name: 'data and model', includes: isData },
          ],
        });
        config.logger.info(`\n${table}`);
      },
    },
  };
}
