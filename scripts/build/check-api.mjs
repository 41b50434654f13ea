/**
 * `node scripts/build/check-api.mjs [--renew]`, after `npm run build:sdk`: fails where a public export or one of its members
 * has no doc comment, where a public type names one that is not exported, where the declarations need types of others,
 * and where docs/api/pocketrec.api.md is not what the declarations say. `--renew` (`npm run api`) writes that report anew;
 * its changes are the changes of the public API.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const scripts = path.dirname(fileURLToPath(import.meta.url));
const config = ExtractorConfig.loadFileAndPrepare(path.join(scripts, 'api-extractor.json'));
const localBuild = process.argv.includes('--renew');
// API Extractor writes no report where the folder is missing.
if (localBuild) await mkdir(path.dirname(config.reportFilePath), { recursive: true });
const { succeeded, apiReportChanged } = Extractor.invoke(config, {
  localBuild,
  messageCallback(message) {
    // Told below, with the command of this repository.
    if (message.messageId.startsWith('console-')) message.logLevel = 'none';
  },
});
const report = path.relative(process.cwd(), config.reportFilePath);
if (apiReportChanged) console.log(localBuild ? `${report} is renewed.` : `${report} is stale: npm run api renews it.`);
if (!succeeded) process.exit(1);
console.log('Every public export has its doc comment.');
