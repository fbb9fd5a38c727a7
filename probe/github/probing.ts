/** What every question of the probe has at hand, and how one is asked. */
import type { Clock } from './time.ts';
import { GitHubProbeError } from './call.ts';
import type { Answer, Finding } from './finding.ts';
import type { Repository } from './repository.ts';
import type { Callers } from './scale-set.ts';

export interface Probing {
  readonly repository: Repository;
  readonly callers: Callers;
  readonly clock: Clock;
  /** Ends the probe. */
  readonly signal: AbortSignal;
  /** What it makes has this name, or one that begins with it. */
  readonly name: string;
  /** Takes each finding at once, so that none is lost when the probe is ended. */
  readonly found: (finding: Finding) => void;
}

/** @throws Unanswered why it cannot be found out here */
export async function answering(
  { found, signal }: Pick<Probing, 'found' | 'signal'>,
  question: string,
  find: () => Promise<Answer>,
): Promise<void> {
  try {
    found({ question, ...(await find()) });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Unanswered || error instanceof GitHubProbeError)) throw error;
    found({ question, answer: `not answered: ${error.message}`, meaning: '' });
  }
}

/** Why a question has no answer. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

export function secondsSince(clock: Clock, begun: number): string {
  return `${Math.round((clock.now() - begun) / 1000)} s`;
}
