/**
 * `npm test`: types and lint, the builds and the SDK's public API, unit tests (Node), kernels (Dawn), what is special to
 * browsers (Chromium), end-to-end.
 * Everything runs even when an earlier part failed; the last line is `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = (name) => path.join(root, 'node_modules', '.bin', name);
const vitestJson = path.join(root, 'artifacts', 'vitest.json');
const playwrightJson = path.join(root, 'artifacts', 'playwright.json');

await mkdir(path.join(root, 'artifacts'), { recursive: true });
await Promise.all([rm(vitestJson, { force: true }), rm(playwrightJson, { force: true })]);

const results = [
  await check('types and lint', bin('oxlint'), ['--type-aware', '--type-check', '--deny-warnings', '.']),
  await check('format', bin('oxfmt'), ['--check', '.']),
  await check('build the SDK', process.execPath, ['scripts/build/build-sdk.mjs']),
  await check('public API', process.execPath, ['scripts/build/check-api.mjs']),
  await check('build the program', process.execPath, ['scripts/build/build-cli.mjs']),
  await check('build the page', bin('vite'), ['build']),
  await suite(
    'vitest',
    [bin('vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestJson}`],
    vitestJson,
    (report) => ({ passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles(report) }),
  ),
  await suite('end-to-end', [bin('playwright'), 'test'], playwrightJson, (report) => ({
    passed: report.stats.expected,
    failed: report.stats.unexpected + report.stats.flaky + report.errors.length,
  })),
];

const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
console.log('');
for (const { name, passed, failed } of results)
  console.log(`${failed ? '✗' : '✓'} ${name}: ${passed} ok, ${failed} not ok`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function check(name, command, args) {
  const status = await run(name, [command, ...args]);
  return { name, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
}

/** Runs a test runner and reads its counts from the report it wrote; no report, or a bad exit, is a failure. */
async function suite(name, command, reportFile, counts) {
  const status = await run(name, command);
  try {
    const { passed, failed } = counts(JSON.parse(await readFile(reportFile, 'utf8')));
    return { name, passed, failed: status !== 0 && failed === 0 ? 1 : failed };
  } catch (error) {
    console.error(`${name} left no report: ${error.message}`);
    return { name, passed: 0, failed: 1 };
  }
}

/** Test files that could not even be loaded hold no failed test; each counts as one. */
function brokenFiles(report) {
  return report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
}

function run(name, [command, ...args]) {
  console.log(`\n── ${name}`);
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('close', (status) => resolve(status ?? 1));
  });
}
