/** A decision of the scaler as one sentence: its inputs, what was done, and the bound that held it. */
import { decodeState, type Failure } from '../lambda/scaler/composition.ts';
import type { Reason } from '../lambda/scaler/policy.ts';
import type { PassLine } from './log-lines.ts';
import { clockTime } from './words.ts';

export function decisionSentence(line: PassLine): string {
  const { reason, failure, hold, schedule } = line;
  if (failure !== undefined) return failureSentence(line, failure);
  const why = isReason(reason)
    ? hold === undefined
      ? REASONS[reason](line)
      : HELD[reason](line, hold)
    : `its reason is ${reason ?? 'not told'}`;
  // A stop is the hold itself, and a floor is told with the minimum.
  const isTold = hold !== undefined || (reason === 'at-min' && isScheduledFloor(line));
  const scheduled =
    schedule === undefined || isTold ? '' : `; in force is the schedule ${schedule}`;
  return `${inputs(line)}: ${action(line)}${why}${scheduled}`;
}

/** What was seen; of the demand nothing where it could not be read. */
function inputs({ unclaimed, running = 0, finishing = 0, ...line }: PassLine): string {
  const { inService, pending, headroom } = line;
  const finished = finishing === 0 ? '' : `, ${finishing} just finished`;
  const spare = headroom === 0 ? '' : `, ${headroom} to be kept ready`;
  const demand = unclaimed === undefined ? '' : `${unclaimed} waiting, ${running} running`;
  const machines = `${inService} in service, ${pending} booting`;
  return demand === '' ? machines : `${demand}${finished}${spare}; ${machines}`;
}

function action({ action, desired = 0, previousDesired }: PassLine): string {
  if (action === 'raise') return `raised from ${previousDesired} to ${desired}`;
  if (action === 'lower') return `taken back from ${previousDesired} to ${desired}`;
  return `left at ${desired}`;
}

type Words = (line: PassLine) => string;

/** What held the capacity where it is. A reason without a sentence does not compile. */
const REASONS: Readonly<Record<Reason, Words>> = {
  demand: (line) => `, which is what the tasks need${withoutTask(line)}`,
  'at-max': ({ max }) => `, which is the maximum of ${max}; the tasks need more`,
  'at-min': (line) =>
    isScheduledFloor(line)
      ? `, which is the minimum of ${line.want} by the schedule ${line.schedule}; the tasks need fewer`
      : `, which is the minimum of ${line.min}; the tasks need fewer`,
  present: ({ want = 0 }) =>
    `, as so many are there; ${want} are wanted, and the others end by themselves`,
  owed: ({ want = 0 }) =>
    `, as so many were asked for and may be on their way; ${want} are wanted, and the rest is taken back after a minute`,
  'boots-fail': heldBack('machines end before they are in service'),
  'agents-fail': heldBack('agents end by themselves without a task'),
  'tasks-unclaimed': heldBack('machines leave without a task while tasks wait'),
};

/** Of a class for which nothing is launched, be it by an operator or by a schedule. */
const HELD: Readonly<Record<Reason, (line: PassLine, hold: string) => string>> = {
  demand: (line, hold) => `${REASONS.demand(line)}; the class is ${hold}`,
  'at-max': (_, hold) => `; the tasks need more, but the class is ${hold}`,
  'at-min': (_, hold) => `; the tasks need no more, and the class is ${hold}`,
  present: (line, hold) => `${REASONS.present(line)}; the class is ${hold}`,
  owed: (line, hold) => `${REASONS.owed(line)}; the class is ${hold}`,
  'boots-fail': (line, hold) => `${REASONS['boots-fail'](line)}; besides, the class is ${hold}`,
  'agents-fail': (line, hold) => `${REASONS['agents-fail'](line)}; besides, the class is ${hold}`,
  'tasks-unclaimed': (line, hold) =>
    `${REASONS['tasks-unclaimed'](line)}; besides, the class is ${hold}`,
};

/** A machine that has just come, whose task is not counted as running yet, or that takes none. */
function withoutTask({ unclaimed = 0, running = 0, finishing = 0, inService }: PassLine): string {
  const idle = inService - running - finishing;
  if (unclaimed === 0 || idle <= 0) return '';
  return `; ${idle} in service ${idle === 1 ? 'has' : 'have'} no task yet`;
}

/** Whether a schedule asks for more than the group's own minimum. */
function isScheduledFloor({ schedule, want = 0, min }: PassLine): boolean {
  return schedule !== undefined && want > min;
}

function heldBack(because: string): Words {
  return ({ held, want = 0, holdBack }) =>
    `; ${held} of the ${want} wanted are held back because ${because}${nextTry(holdBack)}`;
}

function nextTry(holdBack: string | undefined): string {
  try {
    const state = decodeState(holdBack);
    return state?.kind === 'held' ? `; one is tried at ${clockTime(state.next)} UTC` : '';
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}

function isReason(text: string | undefined): text is Reason {
  return text !== undefined && Object.hasOwn(REASONS, text);
}

function failureSentence(line: PassLine, kind: string): string {
  const { error = '', previousDesired, desired, hold } = line;
  const what = isFailure(kind) ? FAILURES[kind] : kind;
  const wanted =
    desired === undefined || desired === previousDesired ? '' : `, and not set to ${desired}`;
  const held = hold === undefined ? '' : `; the class is ${hold}`;
  return `${inputs(line)}: the pass failed, so the capacity was left at ${previousDesired}${wanted}: ${what}${error === '' ? '' : ` (${error})`}${held}`;
}

function isFailure(text: string): text is Failure['kind'] {
  return Object.hasOwn(FAILURES, text);
}

/** What went wrong in a pass over the class. A kind without a sentence does not compile. */
const FAILURES: Readonly<Record<Failure['kind'], string>> = {
  'invalid-answer': 'the answer of the CI system was not what its API documents',
  'bad-request': 'the CI system refused the request as malformed',
  unauthorized: 'the CI system refused the credential',
  forbidden: 'the CI system does not allow the credential to read runners, or it is the wrong one',
  'not-found': 'the CI system does not know the class, or the credential may not see it',
  conflict: 'the request conflicts with the state of the CI system',
  gone: 'the API, or the group, does not exist any more',
  throttled: 'too many requests',
  unavailable: 'the CI system or AWS failed',
  timeout: 'there was no answer in time',
  'no-token': "the credential's secret is empty, holds the placeholder or cannot be read",
  contention: 'another change of the group was under way',
  refused: 'AWS refused the capacity, for example beyond the bounds of the group',
  denied: "the function's role does not allow the call",
  stale: 'what was seen was too old to act on',
  unexpected: 'something that nobody expected went wrong',
};
