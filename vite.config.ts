import { defineConfig } from 'vite';
import { pageSizes } from './scripts/build/page-sizes.ts';
import { precacheManifest } from './scripts/build/precache-manifest.ts';
import { inlineWgsl } from './scripts/build/wgsl-plugins.mjs';

/**
 * What a real host should send. `wasm-unsafe-eval` lets the page compile the WebAssembly that it loads from its own
 * origin, and nothing else; without it the CPU back end computes in JavaScript.
 * Cross-origin isolation (COOP/COEP) is not required and not sent.
 */
export const securityHeaders = {
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; " +
    "object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), browsing-topics=()',
} as const;

/** The demo: one page, its engine worker and its service worker, all with relative addresses. */
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    outDir: 'dist/demo',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // pageSizes tells them.
    reportCompressedSize: false,
  },
  worker: { format: 'es', plugins: () => [inlineWgsl()] },
  preview: { host: '127.0.0.1', port: 4173, strictPort: true, headers: securityHeaders },
  plugins: [inlineWgsl(), precacheManifest(), pageSizes()],
});
