/**
 * Runs a TypeScript program of this repository in Node, with Vite's module rules (`?raw` imports, TypeScript):
 * `node scripts/run.mjs src/cli/evaluate/evaluate-published.ts --json`. The program exports `main(args: string[])`, which may return
 * the exit status.
 */
import path from 'node:path';
import { createServer, createServerModuleRunner } from 'vite';
import { vulkanEnv } from './chromium.mjs';

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error('Usage: node scripts/run.mjs <file.ts> [arguments]');
  process.exit(2);
}
const gpuFlag = args.indexOf('--with-gpu');
if (gpuFlag >= 0) args.splice(gpuFlag, 1);
const vulkan = gpuFlag >= 0 && !process.env.VK_DRIVER_FILES ? await vulkanEnv() : {};
if (Object.keys(vulkan).length > 0) {
  // The dynamic loader reads these at process start: start again with them set.
  const { spawnSync } = await import('node:child_process');
  const { status } = spawnSync(process.execPath, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, ...vulkan },
  });
  process.exit(status ?? 1);
}
const server = await createServer({
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
  oxc: { target: 'node20' }, // lowers `using`, which Node 20 does not know
});
const runner = createServerModuleRunner(server.environments.ssr, { hmr: false });
const { main } = await runner.import(path.resolve(file));
if (typeof main !== 'function') throw new Error(`${file} must export a function named main.`);
process.exitCode = (await main(args)) ?? 0;
await runner.close();
await server.close();
// Dawn keeps threads alive after the last GPU object is gone.
if (gpuFlag >= 0) process.exit();
