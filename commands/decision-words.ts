/** A decision of the scaler as one sentence: its inputs, what was done, and the bound that held it. */
import type { Failure } from '../lambda/scaler/composition.ts';
import type { Reason } from '../lambda/scaler/policy.ts';
import type { PassLine } from './log-lines.ts';

export function decisionSentence(line: PassLine): string {
  const { reason, failure, hold } = line;
  const held = hold === undefined ? '' : `; ${hold}`;
  if (failure !== undefined) return `${failureSentence(line, failure)}${held}`;
  const why = isReason(reason) ? REASONS[reason](line) : `its reason is ${reason ?? 'not told'}`;
  return `${inputs(line)}: ${action(line)}, ${why}${held}`;
}

function inputs({ unclaimed = 0, running = 0, finishing = 0, ...line }: PassLine): string {
  const { inService, pending, headroom } = line;
  const finished = finishing === 0 ? '' : `, ${finishing} just finished`;
  const spare = headroom === 0 ? '' : `, ${headroom} to be kept ready`;
  return `${unclaimed} waiting, ${running} running${finished}${spare}; ${inService} in service, ${pending} booting`;
}

function action({ action, desired = 0, previousDesired }: PassLine): string {
  if (action === 'raise') return `raised from ${previousDesired} to ${desired}`;
  if (action === 'lower') return `taken back from ${previousDesired} to ${desired}`;
  return `left at ${desired}`;
}

/** What held the capacity where it is. A reason without a sentence does not compile. */
const REASONS: Readonly<Record<Reason, (line: PassLine) => string>> = {
  demand: () => 'which is what the tasks need',
  'at-max': ({ max }) => `which is the maximum of ${max}; the tasks need more`,
  'at-min': ({ min }) => `which is the minimum of ${min}; the tasks need fewer`,
  present: ({ want = 0 }) =>
    `as so many are there; ${want} are wanted, and the others end by themselves`,
  owed: ({ want = 0 }) =>
    `as so many were asked for and may be on their way; ${want} are wanted, and the rest is taken back after a minute`,
  'boots-fail': heldBack('machines end before they are in service'),
  'agents-fail': heldBack('agents end by themselves without a task'),
  'tasks-unclaimed': heldBack('machines leave without a task while tasks wait'),
};

function heldBack(because: string) {
  return ({ held, want = 0 }: PassLine) =>
    `${held} of the ${want} wanted are held back because ${because}`;
}

function isReason(text: string | undefined): text is Reason {
  return text !== undefined && Object.hasOwn(REASONS, text);
}

function failureSentence({ error = '', previousDesired }: PassLine, kind: string): string {
  const what = isFailure(kind) ? FAILURES[kind] : kind;
  return `failed, so the capacity was left at ${previousDesired}: ${what}${error === '' ? '' : ` (${error})`}`;
}

function isFailure(text: string): text is Failure['kind'] {
  return Object.hasOwn(FAILURES, text);
}

/** What went wrong in a pass over the class. A kind without a sentence does not compile. */
const FAILURES: Readonly<Record<Failure['kind'], string>> = {
  'invalid-answer': 'the answer of the CI system was not what its API documents',
  'bad-request': 'the CI system refused the request as malformed',
  unauthorized: 'the CI system refused the token',
  forbidden: 'the CI system does not allow the account to use runners, or the token is wrong',
  'not-found': 'the CI system does not know the class, or the token may not see it',
  conflict: 'the request conflicts with the state of the CI system',
  gone: 'the API, or the group, does not exist any more',
  throttled: 'too many requests',
  unavailable: 'the CI system or AWS failed',
  timeout: 'there was no answer in time',
  'no-token': "the token's secret is empty, holds the placeholder or cannot be read",
  contention: 'another change of the group was under way',
  refused: 'AWS refused the capacity, for example beyond the bounds of the group',
  denied: "the function's role does not allow the call",
  stale: 'what was seen was too old to act on',
  unexpected: 'something that nobody expected went wrong',
};
