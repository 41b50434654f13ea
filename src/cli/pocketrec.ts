import { packageVersion } from '../engine/version.ts';
import { evaluateCommand, evaluateUsage } from './evaluate/evaluate-command.ts';
import { trainCommand, trainUsage } from './train/train-command.ts';
import { tuneCommand, tuneUsage } from './tune/tune-command.ts';
import { reportFailure } from './report-failure.ts';

const commands: Readonly<Record<string, { readonly usage: string; readonly run: (args: string[]) => Promise<void> }>> =
  {
    evaluate: { usage: evaluateUsage, run: evaluateCommand },
    tune: { usage: tuneUsage, run: tuneCommand },
    train: { usage: trainUsage, run: trainCommand },
  };

const usage = `Usage: pocketrec evaluate|tune|train [arguments]

  evaluate   train on one part of a file of interactions, measure on the other
  tune       search the settings, on the training part alone
  train      train on all of a file, and write a model that a page loads

pocketrec COMMAND --help tells the arguments. In a checkout: npm run -s pocketrec -- COMMAND …
`;

/** Runs a command; returns the exit status: 0 done, 1 failed, 2 wrong usage. */
export async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help') {
    console.log(usage);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    console.log(packageVersion);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    console.error(`There is no command ${JSON.stringify(name)}.\n\n${usage}`);
    return 2;
  }
  try {
    await command.run(args);
    return 0;
  } catch (error) {
    return reportFailure(error, command.usage);
  }
}
