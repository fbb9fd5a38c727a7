import { TAG } from '../contract/tags.ts';
import type { Fleet } from '../fleet/fleets.ts';
import type { Cause } from '../policy.ts';
import type { State } from './state.ts';

const WHAT: Readonly<Record<Cause, string>> = {
  'boots-fail': 'machines end before they are in service',
  'agents-fail': 'agents end by themselves without a task',
  'tasks-unclaimed': 'machines leave without a task while tasks wait',
};

const LOOK_AT: Readonly<Record<Cause, string>> = {
  'boots-fail': "look at the reasons in the lines `runner ended`, or at a machine's console output",
  'agents-fail':
    'look at the reasons in the lines `runner ended`: a wrong token, a version that is refused',
  'tasks-unclaimed':
    'see whether the token belongs to the class, and whether the plan lets as many tasks run at once',
};

/** One sentence on a hold-back: why, since when, what follows, and what to do. Undefined while there is none. */
export function holdBackWarning(
  { group }: Pick<Fleet, 'group'>,
  state: State | undefined,
): string | undefined {
  if (state?.kind !== 'held') return undefined;
  const { cause, since, next } = state;
  return (
    `launches are held back since ${timeOf(since)} because ${WHAT[cause]}; one is tried at ${timeOf(next)} if ` +
    `tasks wait; ${LOOK_AT[cause]}; to release it at once: aws autoscaling delete-tags --tags ` +
    `ResourceId=${group},ResourceType=auto-scaling-group,Key=${TAG.holdBack}`
  );
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
