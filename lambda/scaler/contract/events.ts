/** The events that lead to a pass, and the queue through which they come. */
import { isGitHubRepository } from './github.ts';
import { isClassName } from './sources.ts';
import { SCALER_NAME_PATTERN } from './scaler-name.ts';

/**
 * One of two events that wake the function between its minutes, beside `TASK_ENDED`: a machine shuts
 * down, so its task has ended, and what waited for that task may be in the queue. EC2 sends it for every
 * machine of the account and Region; the function finds out whether the machine is in one of its groups. Auto Scaling's
 * own event of a terminated instance comes only after the shutdown, most of a minute later.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html
 */
export const SHUTTING_DOWN = {
  source: 'aws.ec2',
  detailType: 'EC2 Instance State-change Notification',
  state: 'shutting-down',
} as const;

/**
 * What the schedule hands to the function each minute. No event of a bus looks like it, and nothing else
 * is taken for the schedule, which costs the most. To ask for a pass by hand, send the same.
 */
export const SCHEDULE_EVENT = { 'runner-scaler': 'schedule' } as const;

/** What the registrar's schedule hands to it each hour. A request to its address never looks like it. */
export const SWEEP_EVENT = { 'runner-scaler': 'sweep' } as const;

/** From one turn of the schedule to the next. */
export const SCHEDULE_SECONDS = 60;

/**
 * What a runner says when its task has ended, before its agent has cleaned up and the machine shuts
 * down: at this moment a pipeline's next stage is queued. Its detail names the instance as EC2's does.
 */
export const TASK_ENDED = { detailType: 'Runner Task Ended' } as const;

/**
 * A machine's last word. Its detail is `{"instance-id": "i-…", "outcome": …, "reason": …, "phases": …}`:
 * one of `RUNNER_OUTCOMES`, one sentence, and seconds by the names of phases, of which the scaler knows
 * `BOOT_PHASE` and passes on the others. EventBridge may deliver a word twice, or lose it.
 */
export const RUNNER_ENDED = { detailType: 'Runner Ended' } as const;

/** How a machine can end; see `ENDED_METRIC`. */
export const RUNNER_OUTCOMES = [
  /** Its task has ended, well or not. */
  'served',
  /** No task came in time. */
  'idle',
  /** Its agent was never started. */
  'boot-failed',
  /** Its agent ended by itself, without a task and before its time. */
  'agent-failed',
  /** It was told to stop: by EC2, which takes a spot machine back, by the group or by a person. */
  'interrupted',
  /** Its agent was ended because it hung beyond every limit. */
  'expired',
] as const;
export type RunnerOutcome = (typeof RUNNER_OUTCOMES)[number];

/** The phase from power-on to a started agent; there may be none when the boot failed. */
export const BOOT_PHASE = 'boot';

/** Longest reason of a last word, in characters; what is beyond is cut off. */
export const REASON_LIMIT = 500;

/** How a machine ended, in its own words: jobs ran on it, so none of it is evidence of more than itself. */
export interface LastWord {
  readonly resourceClass: string;
  readonly instanceId: string;
  readonly outcome: RunnerOutcome;
  /** One line of at most `REASON_LIMIT` characters. */
  readonly reason: string;
  /** Seconds by phase; in the machine's order. */
  readonly phases: Readonly<Record<string, number>>;
}

/**
 * What the webhook function says when jobs of a repository have changed. Its detail is `{"source": "github",
 * "repository": "acme/app"}`. It says where to look and nothing of what is there: the source's own API is the truth.
 */
export const DEMAND_CHANGED = { detailType: 'Demand Changed' } as const;

/** A place in a CI system where jobs may have changed. */
export interface DemandChange {
  /** The only one whose webhook is heard. */
  readonly source: 'github';
  /** A repository, as `owner/name`. */
  readonly where: string;
}

/** The same for every spelling of a place: GitHub does not tell capitals from small letters. */
export function placeOf({ source, where }: DemandChange): string {
  return `${source} ${where.toLowerCase()}`;
}

/** An event as it is put on the bus. */
export interface OutgoingEvent {
  readonly source: string;
  readonly detailType: string;
  /** As JSON. */
  readonly detail: string;
}

export function encodeDemandChange(scaler: string, { source, where }: DemandChange): OutgoingEvent {
  return {
    source: demandEventSource(scaler),
    detailType: DEMAND_CHANGED.detailType,
    detail: JSON.stringify({ source, repository: where }),
  };
}

/** The source of `DEMAND_CHANGED`. The webhook function may send no other. */
export function demandEventSource(scaler: string): string {
  return `${eventSourcePrefix(scaler)}github`;
}

/** @returns undefined for what names no repository */
export function decodeDemandChange(
  detail: Readonly<Record<string, unknown>>,
): DemandChange | undefined {
  const { source, repository } = detail;
  const isKnown = typeof repository === 'string' && isGitHubRepository(repository);
  return source === 'github' && isKnown ? { source, where: repository } : undefined;
}

const EVENT_SOURCE_START = 'runner-scaler.';

/**
 * Longest source of an event, in characters.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_EventBridgeParameters.html
 */
export const EVENT_SOURCE_LIMIT = 256;

/** Whose machines an event comes from. */
export interface EventSource {
  /** The scaler's name. */
  readonly scaler: string;
  readonly resourceClass: string;
}

/** Begins the source of every event of a scaler's machines, and of no other's: a name has no slash. */
export function eventSourcePrefix(scaler: string): string {
  return `${EVENT_SOURCE_START}${scaler}/`;
}

/** The source of the events of one class's machines. Their role may send no other. */
export function encodeEventSource({ scaler, resourceClass }: EventSource): string {
  return `${eventSourcePrefix(scaler)}${resourceClass}`;
}

/** Undefined for a source that is none of a scaler's machines. */
export function decodeEventSource(source: string): EventSource | undefined {
  if (source.length > EVENT_SOURCE_LIMIT) return undefined;
  if (!source.startsWith(EVENT_SOURCE_START)) return undefined;
  const rest = source.slice(EVENT_SOURCE_START.length);
  const slash = rest.indexOf('/');
  if (slash === -1) return undefined;
  const [scaler, resourceClass] = [rest.slice(0, slash), rest.slice(slash + 1)];
  const known = SCALER_NAME_PATTERN.test(scaler) && isClassName(resourceClass);
  return known ? { scaler, resourceClass } : undefined;
}

const KEY = 'runner-scaler';
const DUE = 'dueAt';

/** The body of the message by which the scaler asks itself for a pass that is due later. */
export function encodePass({ dueAt }: { readonly dueAt: number }): string {
  return JSON.stringify({ [KEY]: 'pass', [DUE]: dueAt });
}

/** @returns when it is due; undefined for what is no such message */
export function decodePass(body: Readonly<Record<string, unknown>>): number | undefined {
  const dueAt = body[DUE];
  return body[KEY] === 'pass' && typeof dueAt === 'number' && Number.isSafeInteger(dueAt)
    ? dueAt
    : undefined;
}
