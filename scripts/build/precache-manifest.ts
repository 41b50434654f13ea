import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'vite';
import { build } from 'vite';

/**
 * Builds `src/demo/service-worker.ts` after the page and hands it `self.__PRECACHE`: every file of the build with
 * the SHA-256 of its bytes as its revision, so that a changed file is fetched again and an unchanged one is not.
 */
export function precacheManifest(): Plugin {
  let outDir = '';
  return {
    name: 'pocketrec-precache-manifest',
    apply: 'build',
    configResolved(config) {
      outDir = path.resolve(config.root, config.build.outDir);
    },
    async closeBundle() {
      const files = (await readdir(outDir, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile() && entry.name !== 'service-worker.js')
        .map((entry) => path.join(entry.parentPath, entry.name))
        .toSorted();
      const entries = await Promise.all(
        files.map(async (file) => ({
          url: path.relative(outDir, file).split(path.sep).join('/'),
          revision: createHash('sha256')
            .update(await readFile(file))
            .digest('hex')
            .slice(0, 16),
        })),
      );
      await build({
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        define: { 'self.__PRECACHE': JSON.stringify(entries), 'process.env.NODE_ENV': '"production"' },
        build: {
          outDir,
          emptyOutDir: false,
          target: 'es2022',
          rollupOptions: {
            input: 'src/demo/service-worker.ts',
            output: { format: 'es', entryFileNames: 'service-worker.js', codeSplitting: false },
          },
        },
      });
    },
  };
}
