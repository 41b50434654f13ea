import { RecommenderError } from '../errors.ts';
import { UsageError } from './arguments.ts';

/**
 * Says on stderr what stopped a command; for wrong arguments with their usage.
 *
 * @returns the exit code: 2 for wrong arguments, otherwise 1
 * @throws `error` itself where it is neither the caller's nor the data's fault
 */
export function reportFailure(error: unknown, usage: string): 1 | 2 {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (!(error instanceof RecommenderError)) throw error;
  console.error(error.message);
  return 1;
}
