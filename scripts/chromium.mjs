/**
 * Finds a Chromium for the tests without root and without a download.
 *
 * Order: `POCKETREC_CHROMIUM` (a path), a Chrome or Chromium on the machine, the one that Playwright installed,
 * and otherwise the headless shell that comes from npm (`@sparticuz/chromium`), unpacked once into
 * `node_modules/.cache`. The npm package also carries SwiftShader, which gives Node (Dawn) and the shell a WebGPU
 * adapter on machines without a GPU.
 */
import { createReadStream } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { constants as fsConstants } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';
import { createWriteStream } from 'node:fs';
import { chromium as playwrightChromium } from 'playwright';
import tar from 'tar-fs';

const require = createRequire(import.meta.url);
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Flags that WebGPU on a software adapter needs; the rest is Playwright's. */
export const webGpuFlags = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--disable-quic'];

const systemPaths =
  process.platform === 'darwin'
    ? [
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
      ]
    : process.platform === 'win32'
      ? [
          'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
          'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
        ]
      : ['/usr/bin/google-chrome', '/usr/bin/google-chrome-stable', '/usr/bin/chromium', '/usr/bin/chromium-browser'];

/**
 * The browser that tests drive: what to start, with which environment, and where it came from.
 *
 * `isQuiet` tells whether the browser makes no connection of its own (updates, safe browsing): only behind such a one
 * does a recording proxy prove that a page is silent.
 *
 * @returns {Promise<{ executablePath: string, env: Record<string, string>, source: string, isQuiet: boolean }>}
 */
export async function findChromium() {
  const asked = process.env.POCKETREC_CHROMIUM;
  if (asked) {
    if (!(await exists(asked))) {
      throw new Error(`POCKETREC_CHROMIUM names ${asked}, which does not exist. Unset it to use the browser from npm.`);
    }
    return { executablePath: asked, env: currentEnv(), source: 'POCKETREC_CHROMIUM', isQuiet: false };
  }
  for (const executablePath of [...systemPaths, playwrightPath()]) {
    if (executablePath && (await exists(executablePath))) {
      return { executablePath, env: currentEnv(), source: executablePath, isQuiet: false };
    }
  }
  return npmChromium();
}

/**
 * The headless shell from npm, whatever else is on the machine. It makes no connection of its own.
 *
 * @returns {Promise<{ executablePath: string, env: Record<string, string>, source: string, isQuiet: boolean }>}
 */
export async function npmChromium() {
  const folder = await unpackChromium();
  const executablePath = path.join(folder, 'chromium');
  return { executablePath, env: { ...currentEnv(), ...libraryEnv(folder) }, source: 'npm', isQuiet: true };
}

/**
 * The environment in which Dawn for Node finds a Vulkan driver: the machine's own where `POCKETREC_VULKAN=system`,
 * SwiftShader from npm otherwise. Nothing is needed on macOS and Windows, where Dawn uses Metal and Direct3D.
 *
 * @returns {Promise<Record<string, string>>}
 */
export async function vulkanEnv() {
  if (process.env.POCKETREC_VULKAN === 'system' || process.platform !== 'linux') return {};
  const folder = await unpackChromium();
  const driver = path.join(folder, 'vk_swiftshader_icd.json');
  return { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: folder };
}

/** Unpacks the npm browser once, atomically: any number of processes may call it at the same time. */
export async function unpackChromium() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `No Chrome or Chromium was found, and the one from npm runs on Linux x64 only (this is ${process.platform} ${process.arch}). ` +
        'Install Chrome, or run "npx playwright install chromium", or set POCKETREC_CHROMIUM to a browser.',
    );
  }
  const packageFolder = path.dirname(path.dirname(path.dirname(require.resolve('@sparticuz/chromium'))));
  const { version } = JSON.parse(await readFile(path.join(packageFolder, 'package.json'), 'utf8'));
  const cache = path.join(root, 'node_modules', '.cache');
  const target = path.join(cache, `chromium-${version}`);
  if (await exists(path.join(target, 'complete'))) return target;

  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(path.join(cache, 'chromium-unpacking-'));
  try {
    const bin = path.join(packageFolder, 'bin');
    const unpackTar = (name, into) =>
      pipeline(createReadStream(path.join(bin, name)), createBrotliDecompress(), tar.extract(into));
    await Promise.all([
      pipeline(
        createReadStream(path.join(bin, 'chromium.br')),
        createBrotliDecompress(),
        createWriteStream(path.join(temporary, 'chromium')),
      ),
      unpackTar('swiftshader.tar.br', temporary),
      unpackTar('al2023.tar.br', path.join(temporary, 'al2023')),
      unpackTar('fonts.tar.br', temporary),
    ]);
    await chmod(path.join(temporary, 'chromium'), 0o755);
    // The shipped fonts.conf names a folder of another system; ours names the folder it will lie in.
    await writeFile(
      path.join(temporary, 'fonts.conf'),
      `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${target}/fonts</dir><cachedir>${target}/font-cache</cachedir></fontconfig>
`,
    );
    await writeFile(path.join(temporary, 'complete'), version);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another process may have finished first: its folder is as good.
    if (!(await exists(path.join(target, 'complete')))) throw error;
  }
  return target;
}

function libraryEnv(folder) {
  return {
    LD_LIBRARY_PATH: [path.join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    FONTCONFIG_FILE: path.join(folder, 'fonts.conf'),
  };
}

function currentEnv() {
  return Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== undefined));
}

function playwrightPath() {
  try {
    return playwrightChromium.executablePath();
  } catch {
    return undefined;
  }
}

async function exists(file) {
  try {
    await access(file, fsConstants.R_OK);
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { executablePath, source } = await findChromium();
  console.log(`${executablePath} (from ${source})`);
}
