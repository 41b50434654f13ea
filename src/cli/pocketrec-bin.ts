#!/usr/bin/env node
import { main } from './pocketrec.ts';

process.exitCode = await main(process.argv.slice(2));
// Dawn keeps threads alive after the last GPU object is gone.
if ('pocketrecDawn' in globalThis) process.exit();
