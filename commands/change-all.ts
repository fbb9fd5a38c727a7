/** Changes one group after the other, so that what cannot be changed keeps no other from it. */
import type { OperatedGroup } from './aws/groups.ts';
import { AwsError, type RefusalKind } from './aws/refusal.ts';
import { CommandError } from './chosen-groups.ts';

export interface Changed {
  readonly resourceClass: string;
  readonly group: string;
  /** Whether something was changed. */
  readonly changed: boolean;
  /** What is so now, as a sentence. */
  readonly said: string;
}

export interface ChangingAll {
  /** For example `paused`. */
  readonly done: string;
  readonly change: (group: OperatedGroup) => Promise<Changed>;
  /** Told of each group at once. */
  readonly tell: (changed: Changed) => void;
  /** Aborts when the person interrupts. */
  readonly signal: AbortSignal;
}

/** Not everything was changed; says what was not. */
export class ChangeError extends Error {
  override readonly name = 'ChangeError';
}

/** No other group fares better. */
const FOR_ALL: ReadonlySet<RefusalKind> = new Set([
  'expired',
  'no-credentials',
  'unreachable',
  'wrong-region',
]);

export async function changeAll(
  groups: readonly OperatedGroup[],
  { done, change, tell, signal }: ChangingAll,
): Promise<{ readonly changed: readonly Changed[]; readonly problem: Error | undefined }> {
  const changed: Changed[] = [];
  const left = new Map(groups.map((group) => [group.group, group.resourceClass]));
  let problem: Error | undefined;
  for (const group of groups) {
    if (signal.aborted) break;
    try {
      const result = await change(group);
      changed.push(result);
      tell(result);
      left.delete(group.group);
    } catch (error) {
      if (!(error instanceof AwsError || error instanceof CommandError)) throw error;
      problem = error;
      if (groups.length === 1) break;
      const { resourceClass, group: name } = group;
      const said = `not ${done}: ${error.message}`;
      const result = { resourceClass, group: name, changed: false, said };
      changed.push(result);
      tell(result);
      if (error instanceof AwsError && FOR_ALL.has(error.kind)) break;
    }
  }
  if (left.size === 0 || (groups.length === 1 && !signal.aborted)) return { changed, problem };
  const others = left.size === groups.length ? 'nothing was changed' : 'the others are';
  const begin = signal.aborted ? 'interrupted: ' : '';
  const message = `${begin}not ${done}: ${[...left.values()].join(', ')}; ${others}; the command may be repeated`;
  return { changed, problem: new ChangeError(message, { cause: problem }) };
}
