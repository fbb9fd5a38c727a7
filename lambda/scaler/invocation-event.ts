/** What an invocation is asked for: read from its event, which may be anything. */
import {
  decodeDemandChange,
  decodeEventSource,
  DEMAND_CHANGED,
  type DemandChange,
  demandEventSource,
  type LastWord,
  REASON_LIMIT,
  RUNNER_ENDED,
  RUNNER_OUTCOMES,
  SCHEDULE_EVENT,
  SHUTTING_DOWN,
  TASK_ENDED,
} from './contract/events.ts';
import { isObject } from './contract/json.ts';

/** The minute's pass, one pass because of an instance or of changed jobs, a line about a machine, or nothing. */
export type InvocationEvent =
  | { readonly kind: 'schedule' }
  | WakeUp
  | { readonly kind: 'last-word'; readonly lastWord: LastWord }
  | { readonly kind: 'change'; readonly change: DemandChange }
  /** `problem` says what was wrong with the event and what to do. */
  | { readonly kind: 'refused'; readonly problem: string };

export interface WakeUp {
  readonly kind: 'wake-up';
  readonly instanceId: string;
  /** The class that the machine may speak for; undefined where the event is EC2's. */
  readonly resourceClass: string | undefined;
}

/** What more phases there are is dropped. */
export const MOST_PHASES = 16;

const PHASE_PATTERN = /^[a-z-]{1,20}$/;

/** Beyond the longest life of a machine, which is about a week. */
const MOST_PHASE_SECONDS = 1_000_000;

/** `i-` and 17 hexadecimal digits, 8 of the oldest. */
const INSTANCE_PATTERN = /^i-[0-9a-f]{1,17}$/;

/** Characters that a warning repeats of a value. */
const SHOWN_LENGTH = 60;

/** Everything but what can be seen on one line: control, format and unassigned characters, line ends. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]+/gu;

interface About {
  readonly detailType: unknown;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** @param scaler name of the scaler that was invoked; it hears no other's machines */
export function decodeEvent(event: unknown, scaler: string): InvocationEvent {
  if (!isObject(event)) return refused('the event is no object');
  if (isSchedule(event)) return { kind: 'schedule' };
  const { source, detail } = event;
  if (source === 'aws.scheduler') {
    return refused("the event is Scheduler's own, which it sends without the input of the stack");
  }
  const about = { detailType: event['detail-type'], detail: isObject(detail) ? detail : {} };
  if (source === SHUTTING_DOWN.source) return fromEc2(about);
  if (source === demandEventSource(scaler) && about.detailType === DEMAND_CHANGED.detailType) {
    return changed(about.detail);
  }
  const runner = typeof source === 'string' ? decodeEventSource(source) : undefined;
  if (runner?.scaler !== scaler) {
    return refused(
      `the event's source is ${show(source)}; allowed: ${SHUTTING_DOWN.source}, or a class of ${scaler}`,
    );
  }
  return fromRunner(runner.resourceClass, about);
}

/** The schedule's whole input, so that nothing else is ever taken for it. */
function isSchedule(event: Readonly<Record<string, unknown>>): boolean {
  return (
    Object.keys(event).length === 1 && event['runner-scaler'] === SCHEDULE_EVENT['runner-scaler']
  );
}

function fromEc2({ detailType, detail }: About): InvocationEvent {
  if (detailType !== SHUTTING_DOWN.detailType || detail['state'] !== SHUTTING_DOWN.state) {
    return refused(
      `EC2's event is ${show(detailType)} of state ${show(detail['state'])}; ` +
        `allowed: ${show(SHUTTING_DOWN.detailType)} of state ${show(SHUTTING_DOWN.state)}`,
    );
  }
  return wakeUp(detail, undefined);
}

function fromRunner(resourceClass: string, { detailType, detail }: About): InvocationEvent {
  if (detailType === TASK_ENDED.detailType) return wakeUp(detail, resourceClass);
  if (detailType === RUNNER_ENDED.detailType) return lastWord(detail, resourceClass);
  return refused(
    `the event of a runner of ${resourceClass} is ${show(detailType)}; ` +
      `allowed: ${show(TASK_ENDED.detailType)}, ${show(RUNNER_ENDED.detailType)}`,
  );
}

function changed(detail: About['detail']): InvocationEvent {
  const change = decodeDemandChange(detail);
  if (change !== undefined) return { kind: 'change', change };
  const [source, repository] = [show(detail['source']), show(detail['repository'])];
  return refused(
    `the demand is said to have changed at source ${source}, repository ${repository}; ` +
      'allowed: source "github" and a repository such as "acme/app"',
  );
}

function wakeUp(detail: About['detail'], resourceClass: string | undefined): InvocationEvent {
  const instanceId = instanceOf(detail);
  if (instanceId === undefined) return refusedInstance(detail);
  return { kind: 'wake-up', instanceId, resourceClass };
}

function lastWord(detail: About['detail'], resourceClass: string): InvocationEvent {
  const instanceId = instanceOf(detail);
  if (instanceId === undefined) return refusedInstance(detail);
  const outcome = RUNNER_OUTCOMES.find((known) => known === detail['outcome']);
  if (outcome === undefined) {
    return refused(
      `the outcome of ${instanceId} of ${resourceClass} is ${show(detail['outcome'])}; ` +
        `allowed: ${RUNNER_OUTCOMES.join(', ')}`,
    );
  }
  const reason = typeof detail['reason'] === 'string' ? oneLine(detail['reason']) : '';
  return {
    kind: 'last-word',
    lastWord: {
      resourceClass,
      instanceId,
      outcome,
      reason: cut(reason, REASON_LIMIT) || 'the machine gave no reason',
      phases: phasesOf(detail['phases']),
    },
  };
}

function instanceOf(detail: About['detail']): string | undefined {
  const id = detail['instance-id'];
  return typeof id === 'string' && INSTANCE_PATTERN.test(id) ? id : undefined;
}

/** Those that can be read: one phase that is wrong costs no other. */
function phasesOf(phases: unknown): Readonly<Record<string, number>> {
  if (!isObject(phases)) return {};
  const known = Object.entries(phases).filter(
    (entry): entry is [string, number] =>
      PHASE_PATTERN.test(entry[0]) &&
      typeof entry[1] === 'number' &&
      entry[1] >= 0 &&
      entry[1] <= MOST_PHASE_SECONDS,
  );
  return Object.fromEntries(known.slice(0, MOST_PHASES));
}

function refusedInstance(detail: About['detail']): InvocationEvent {
  return refused(
    `the event's instance-id is ${show(detail['instance-id'])}; allowed: an id such as i-0123456789abcdef0`,
  );
}

function refused(what: string): InvocationEvent {
  const wanted = JSON.stringify(SCHEDULE_EVENT);
  return {
    kind: 'refused',
    problem: `${what}; nothing was done; to ask for a pass send ${wanted}`,
  };
}

/** A value as a warning repeats it: its beginning, on one line; of what is no text only the type. */
function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value !== 'string') return `of type ${value === null ? 'null' : typeof value}`;
  const text = oneLine(value);
  return JSON.stringify(text.length > SHOWN_LENGTH ? `${cut(text, SHOWN_LENGTH)}…` : text);
}

function oneLine(text: string): string {
  return text.replaceAll(INVISIBLE, ' ').trim();
}

/** Without half a character at the end. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/\p{Cs}$/u, '');
}
