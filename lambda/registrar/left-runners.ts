/** Which runners are left of machines that are gone: the choice alone, without any call. */
import { instanceOfGitHubRunner } from '../scaler/contract/github.ts';
import type { ListedRunner } from './runners.ts';

/** A runner whose machine is in no group. */
export interface LeftRunner {
  /** Where it is registered. */
  readonly at: string;
  readonly id: number;
  readonly name: string;
  readonly instanceId: string;
}

/** What one look at GitHub and at Auto Scaling has shown. */
export interface Look {
  readonly at: string;
  /** How the names of our runners begin there. */
  readonly prefixes: readonly string[];
  readonly runners: readonly ListedRunner[];
  /** Instances that are in a group. Read after the runners: a machine is in its group before its runner exists. */
  readonly instances: ReadonlySet<string>;
}

export function leftRunners({ at, prefixes, runners, instances }: Look): readonly LeftRunner[] {
  return runners.flatMap(({ id, name, isOnline, isBusy }) => {
    const instanceId = prefixes
      .map((prefix) => instanceOfGitHubRunner(prefix, name))
      .find((found) => found !== undefined);
    const isLeft = instanceId !== undefined && !isOnline && !isBusy && !instances.has(instanceId);
    return isLeft ? [{ at, id, name, instanceId }] : [];
  });
}

/** Those that both looks saw, the oldest first: a runner of the same name that was made in between is another one. */
export function seenTwice(
  earlier: readonly LeftRunner[],
  later: readonly LeftRunner[],
): readonly LeftRunner[] {
  const seen = new Set(earlier.map(keyOf));
  return later
    .filter((runner) => seen.has(keyOf(runner)))
    .toSorted((one, other) => one.id - other.id);
}

function keyOf({ at, id, name }: LeftRunner): string {
  return `${at} ${id} ${name}`;
}
