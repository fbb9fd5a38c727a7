/** Searches of the log for commands that tell what they found even where that is nothing. */
import type { FunctionLog, LoggedText, LogQuery } from './aws/function-log.ts';
import { AwsError } from './aws/refusal.ts';

export interface Searched {
  /** Oldest first. */
  readonly lines: readonly LoggedText[];
  /** What is missing, in sentences. */
  readonly notes: readonly string[];
}

/**
 * @param fewer what to do where the log holds too much, for example `ask for fewer --minutes`
 * @throws AwsError
 */
export async function searched(
  log: FunctionLog,
  query: LogQuery,
  fewer: string,
): Promise<Searched> {
  try {
    const { lines, complete } = await log.search(query);
    const tooMuch = `the log holds more than is read at once, and its newest lines are missing; ${fewer}`;
    return { lines, notes: complete ? [] : [tooMuch] };
  } catch (error) {
    if (!(error instanceof AwsError && error.kind === 'not-found')) throw error;
    return {
      lines: [],
      notes: ['the scaler has no log here: it is not deployed, or it has never run'],
    };
  }
}
