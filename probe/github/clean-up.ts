/**
 * Removes what a probe has made, by its name. So what was made by a call whose answer was lost is removed too, and what
 * an ended process has left.
 */
import type { Clock } from './time.ts';
import { errorFacts } from '../../lambda/scaler/contract.ts';
import { type Caller, GitHubProbeError } from './call.ts';
import type { Repository, Run } from './repository.ts';
import { scaleSetsOf } from './scale-set.ts';

/** What a probe makes begins with this. */
export const PREFIX = 'runner-scaler-probe-';

export interface Cleaning {
  readonly repository: Repository;
  readonly call: Caller;
  readonly clock: Pick<Clock, 'wait'>;
  readonly name: string;
}

const PAUSE_MS = 2_000;

/** Readings of the runs until the one of a push is listed, or a cancelled one has ended. */
const READINGS = 40;

/** @returns what remains, each as a sentence; nothing where all is gone */
export async function cleanUp(cleaning: Cleaning): Promise<readonly string[]> {
  const remains: string[] = [];
  // Runs before the branch, by whose name they are found; the set first, so that it is given no more jobs.
  for (const { what, ...part } of PARTS) {
    const problem = await tried(cleaning, part);
    if (problem !== undefined) remains.push(`${what} ${cleaning.name}: ${problem}`);
  }
  return remains;
}

interface Part {
  readonly what: string;
  readonly remove: (cleaning: Cleaning) => Promise<void>;
  readonly attempts: number;
}

const PARTS: readonly Part[] = [
  // A session that nobody knows any more is said to last for a minute and a half.
  { what: 'the scale set', remove: removeSet, attempts: 60 },
  { what: 'the runs of branch', remove: removeRuns, attempts: 3 },
  // One whose job was cancelled is busy for some seconds more.
  { what: 'the runner', remove: removeRunners, attempts: 20 },
  { what: 'the branch', remove: removeBranch, attempts: 3 },
];

async function tried(
  cleaning: Cleaning,
  { remove, attempts }: Omit<Part, 'what'>,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await remove(cleaning);
      return undefined;
    } catch (error) {
      if (attempt >= attempts) return errorFacts(error).message;
      await cleaning.clock.wait(PAUSE_MS);
    }
  }
}

export function workflowPath(name: string): string {
  return `.github/workflows/${name}.yml`;
}

async function removeSet({ repository, call, name }: Cleaning): Promise<void> {
  const sets = await scaleSetsOf(repository, { call, lastCall: call }).catch((error: unknown) => {
    // A token that may not sign in there has made no set.
    if (error instanceof GitHubProbeError && [403, 404].includes(error.status ?? 0))
      return undefined;
    throw error;
  });
  if (sets === undefined) return;
  for (const set of await sets.named(setName(name))) await sets.remove(set);
}

/** A scale set's name is its label, which must not be the runner's. */
export function setName(name: string): string {
  return `${name}-set`;
}

async function removeRuns(cleaning: Cleaning): Promise<void> {
  const { repository, clock, name } = cleaning;
  let isPushed = await repository.has(name, workflowPath(name));
  let left = 0;
  for (let reading = 0; reading < READINGS; reading += 1) {
    const runs = await repository.runs(name);
    for (const run of runs) await endOrRemove(cleaning, run, reading);
    left = runs.length;
    if (left > 0) isPushed = false;
    // The run of a push may not be listed yet.
    if (left === 0 && !isPushed) return;
    await clock.wait(PAUSE_MS);
  }
  throw new Error(
    left > 0 ? `${left} are still there` : 'none is listed; look for one in GitHub, and cancel it',
  );
}

async function endOrRemove(
  { repository }: Cleaning,
  { id, isCompleted }: Run,
  reading: number,
): Promise<void> {
  const url = `/actions/runs/${id}`;
  if (isCompleted) {
    // One that has just ended may be refused.
    await repository.ask({ method: 'DELETE', url, accepts: [204, 403, 404, 409] });
    return;
  }
  const how = reading < 10 ? 'cancel' : 'force-cancel';
  await repository.ask({ method: 'POST', url: `${url}/${how}`, accepts: [202, 404, 409] });
}

async function removeRunners({ repository, name }: Cleaning): Promise<void> {
  for (const runner of await repository.runners(name)) {
    if (runner.name !== name) continue;
    await repository.ask({
      method: 'DELETE',
      url: `/actions/runners/${runner.id}`,
      accepts: [204, 404],
    });
  }
}

async function removeBranch({ repository, name }: Cleaning): Promise<void> {
  // 422: there is no such branch.
  await repository.ask({
    method: 'DELETE',
    url: `/git/refs/heads/${name}`,
    accepts: [204, 404, 422],
  });
}
