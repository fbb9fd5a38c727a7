/**
 * What the infrastructure hands to the scaler: the tags of a fleet's group, the environment of the
 * function, and the names of the metrics. Encoding and decoding stand side by side, so the two ends
 * cannot drift apart. `lib/` and `simulator/` import this file; it imports nothing of theirs.
 */
import type { Cause } from './policy.ts';

/** Tags an Auto Scaling group carries to take part. A group made by hand takes part by bearing them. */
export const TAG = {
  /** Which scaler serves the group: the scaler's name. Discovery filters on it. */
  name: 'runner-scaler:name',
  /** Which CI system the queue belongs to; see `SOURCES`. */
  source: 'runner-scaler:source',
  /** What the jobs ask for, `namespace/name`. */
  resourceClass: 'runner-scaler:resource-class',
  /** Optional: runners kept ready beyond the demand. Default 0. */
  headroom: 'runner-scaler:headroom',
  /**
   * Written by an operator: nothing is launched for the group, and nothing is ended; see `Hold`. Remove it
   * to go on.
   */
  hold: 'runner-scaler:hold',
  /** Written by the scaler itself, once a day: the day on which the fleet last had a task. */
  lastUsed: 'runner-scaler:last-used',
  /** Written by the scaler itself: why and since when launches are held back. Remove it to release them. */
  holdBack: 'runner-scaler:hold-back',
} as const;

/** The CI systems a fleet can name in its source tag. */
export const SOURCES = ['circleci'] as const;
export type SourceName = (typeof SOURCES)[number];

/**
 * The string a token's secret holds until the user fills it. The scaler and the boot script both
 * refuse it with the command that fills the secret.
 */
export const TOKEN_PLACEHOLDER = 'replace-with-the-token';

/**
 * CircleCI's rule for a resource class name: a namespace of lower-case letters, digits, `_`, `-`,
 * one slash, and a name that may also hold capitals, `:` and `+`. A dot is refused.
 *
 * @see https://circleci.com/docs/guides/execution-runner/runner-concepts/
 */
export const RESOURCE_CLASS_PATTERN = /^[a-z0-9_-]+\/[A-Za-z0-9:_+-]+$/;

/** Greatest number of runners one group can be asked to hold by this project. */
export const MAX_FLEET_SIZE = 10_000;

/** What a fleet's tags say. */
export interface FleetTags {
  readonly source: SourceName;
  readonly resourceClass: string;
  readonly headroom: number;
}

export function encodeFleetTags(name: string, tags: FleetTags): Record<string, string> {
  return {
    [TAG.name]: name,
    [TAG.source]: tags.source,
    [TAG.resourceClass]: tags.resourceClass,
    ...(tags.headroom > 0 && { [TAG.headroom]: String(tags.headroom) }),
  };
}

/** The tags' meaning, or every problem found in them. */
export type DecodedTags =
  | { readonly ok: true; readonly tags: FleetTags }
  | { readonly ok: false; readonly problems: readonly string[] };

export function decodeFleetTags(tags: ReadonlyMap<string, string>): DecodedTags {
  const problems: string[] = [];
  const source = SOURCES.find((known) => known === tags.get(TAG.source));
  if (source === undefined) {
    problems.push(
      `tag ${TAG.source} is ${quote(tags.get(TAG.source))}; allowed: ${SOURCES.join(', ')}`,
    );
  }
  const resourceClass = tags.get(TAG.resourceClass) ?? '';
  if (!RESOURCE_CLASS_PATTERN.test(resourceClass)) {
    problems.push(
      `tag ${TAG.resourceClass} is ${quote(tags.get(TAG.resourceClass))}; allowed: namespace/name, ` +
        `for example acme/linux`,
    );
  }
  const headroom = wholeNumber(tags.get(TAG.headroom) ?? '0', { least: 0, most: MAX_FLEET_SIZE });
  if (headroom === undefined) {
    problems.push(
      `tag ${TAG.headroom} is ${quote(tags.get(TAG.headroom))}; allowed: a whole number from 0 to ${MAX_FLEET_SIZE}`,
    );
  }
  if (source === undefined || headroom === undefined || problems.length > 0) {
    return { ok: false, problems };
  }
  return { ok: true, tags: { source, resourceClass, headroom } };
}

/** An operator's word that nothing is launched for a group. */
export type Hold =
  /** Until it is taken back; `npm run drain` writes it. */
  | { readonly kind: 'drain' }
  /** Until a moment, in milliseconds since the epoch. */
  | { readonly kind: 'until'; readonly at: number };

/** The tag's meaning, or its text where it has none: so much is then sure that somebody wanted a hold. */
export type DecodedHold = Hold | { readonly kind: 'unclear'; readonly text: string };

const DRAIN = 'drain';

/** With a zone, because a time without one means another moment for the function than for its writer. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

export const HOLD_ALLOWED =
  'drain, or a time with its zone until which it holds, such as 2026-03-02T18:00:00Z';

export function encodeHold(hold: Hold): string {
  return hold.kind === 'drain' ? DRAIN : new Date(hold.at).toISOString();
}

/** @param text the value of the tag; undefined for a group without it */
export function decodeHold(text: string | undefined): DecodedHold | undefined {
  if (text === undefined) return undefined;
  const word = text.trim();
  if (word.toLowerCase() === DRAIN) return { kind: 'drain' };
  const at = MOMENT.test(word) ? Date.parse(word) : Number.NaN;
  return Number.isNaN(at) ? { kind: 'unclear', text } : { kind: 'until', at };
}

/** What the scaler is told by its environment. */
export interface Settings {
  /** The scaler's name: value of the tag `runner-scaler:name` on its groups. */
  readonly name: string;
  /** Base URL of CircleCI's runner API, without a trailing slash. */
  readonly circleciUrl: string;
  /** Which of CircleCI's APIs tells the demand. Default: `DEFAULT_CIRCLECI_API`. */
  readonly circleciApi: CircleCiApi;
  /** Calls a second that CircleCI takes from all containers of the function together; 0 means any number. */
  readonly circleciCallsPerSecond: number;
  /** Id or ARN of the secret that holds the CircleCI API token. */
  readonly tokenSecret: string;
  /** Seconds from one pass to the next while a fleet is in use; 60 means the schedule's only. */
  readonly passIntervalSeconds: number;
  /** URL of the queue through which it sends itself the passes between; undefined: there are none. */
  readonly queueUrl: string | undefined;
  /** Whether numbers of classes become CloudWatch metrics; the log has them in any case. */
  readonly metrics: boolean;
  /** Decide and report, but change nothing. */
  readonly dryRun: boolean;
}

/** Environment variables of the function, one per setting. */
export const ENV = {
  name: 'RUNNER_SCALER_NAME',
  circleciUrl: 'RUNNER_SCALER_CIRCLECI_URL',
  circleciApi: 'RUNNER_SCALER_CIRCLECI_API',
  circleciCallsPerSecond: 'RUNNER_SCALER_CIRCLECI_CALLS_PER_SECOND',
  tokenSecret: 'RUNNER_SCALER_TOKEN_SECRET',
  passIntervalSeconds: 'RUNNER_SCALER_PASS_INTERVAL_SECONDS',
  queueUrl: 'RUNNER_SCALER_QUEUE_URL',
  metrics: 'RUNNER_SCALER_METRICS',
  dryRun: 'RUNNER_SCALER_DRY_RUN',
} as const satisfies Record<keyof Settings, string>;

/** CircleCI Cloud's runner API. CircleCI Server serves the same routes at the installation's URL. */
export const CIRCLECI_CLOUD_URL = 'https://runner.circleci.com';

/**
 * How the demand is read: by the two task counts of the runner API, by the runner fleets of API v3, or by
 * the fleets where the installation answers them and else by the counts.
 */
export const CIRCLECI_APIS = ['counts', 'fleets', 'auto'] as const;
export type CircleCiApi = (typeof CIRCLECI_APIS)[number];

/**
 * The counts are what CircleCI documents for scaling, and all that CircleCI Server answers; the fleets are a
 * preview.
 *
 * @see https://circleci.com/docs/guides/execution-runner/runner-scaling/
 */
export const DEFAULT_CIRCLECI_API = 'counts' satisfies CircleCiApi;

/**
 * Default calls a second to a CircleCI Server: two thirds of the 150 that its front end takes from everybody.
 *
 * @see https://circleci.com/docs/server-admin/latest/overview/circleci-server-overview/
 */
export const SERVER_CALLS_PER_SECOND = 100;

/** The least: one for each of `CONTAINERS_AT_A_TIME`. */
export const LEAST_CALLS_PER_SECOND = 3;
export const MOST_CALLS_PER_SECOND = 10_000;

/** None is known of CircleCI Cloud. */
export function defaultCallsPerSecond(circleciUrl: string): number {
  return circleciUrl === CIRCLECI_CLOUD_URL ? 0 : SERVER_CALLS_PER_SECOND;
}

/**
 * The queue through which events of machines come, in seconds where nothing else is said. A message's
 * retention of a minute is the least that SQS has. Two invocations at a time, which is the least that
 * Lambda has, and the schedule's are the containers that run at a time.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
 */
export const EVENT_QUEUE = {
  retentionSeconds: 60,
  /** For how long Lambda gathers messages, from the first one on. */
  windowSeconds: 1,
  /** Messages at most; Lambda hands over fewer where they come to 6 MB. */
  batchSize: 1_000,
  /** Invocations at a time. */
  concurrency: 2,
} as const;

/** Invocations that may run at a time: those of the queue, and the schedule's. */
export const CONTAINERS_AT_A_TIME = EVENT_QUEUE.concurrency + 1;

/** Default seconds from one pass to the next; docs/decisions/cadence-and-events.md says why. */
export const DEFAULT_PASS_INTERVAL_SECONDS = 10;

/** CircleCI's own orchestrator polls as often: https://circleci.com/docs/guides/execution-runner/machine-runner-orchestrator/ */
export const LEAST_PASS_INTERVAL_SECONDS = 5;

/** The schedule's own. */
export const MOST_PASS_INTERVAL_SECONDS = 60;

/** What a scaler may be called: it becomes part of resource names and of a tag's value. */
export const SCALER_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;

export function encodeSettings(settings: Settings): Record<string, string> {
  return {
    [ENV.name]: settings.name,
    [ENV.circleciUrl]: settings.circleciUrl,
    [ENV.circleciApi]: settings.circleciApi,
    [ENV.circleciCallsPerSecond]: String(settings.circleciCallsPerSecond),
    [ENV.tokenSecret]: settings.tokenSecret,
    [ENV.passIntervalSeconds]: String(settings.passIntervalSeconds),
    ...(settings.queueUrl !== undefined && { [ENV.queueUrl]: settings.queueUrl }),
    [ENV.metrics]: String(settings.metrics),
    [ENV.dryRun]: String(settings.dryRun),
  };
}

/** Thrown when the function's environment cannot be understood; lists every mistake at once. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`settings are not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads the settings. An empty variable counts as missing.
 *
 * @throws SettingsError naming each variable, its value and what is allowed
 */
export function decodeSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = [];
  const read = (variable: string) => env[variable]?.trim() || undefined;
  const reject = (variable: string, allowed: string) => {
    problems.push(`${variable} is ${quote(read(variable))}; allowed: ${allowed}`);
  };

  const name = read(ENV.name) ?? '';
  if (!SCALER_NAME_PATTERN.test(name)) {
    reject(ENV.name, 'up to 32 letters, digits and hyphens, beginning with a letter');
  }
  const circleciUrl = httpUrl(read(ENV.circleciUrl) ?? CIRCLECI_CLOUD_URL);
  if (circleciUrl === undefined) {
    reject(ENV.circleciUrl, 'an http or https URL without query, credentials or fragment');
  }
  const circleciApi = CIRCLECI_APIS.find(
    (known) => known === (read(ENV.circleciApi) ?? DEFAULT_CIRCLECI_API),
  );
  if (circleciApi === undefined) reject(ENV.circleciApi, CIRCLECI_APIS.join(', '));
  const circleciCallsPerSecond = callsPerSecond(
    read(ENV.circleciCallsPerSecond) ?? String(defaultCallsPerSecond(circleciUrl ?? '')),
  );
  if (circleciCallsPerSecond === undefined) {
    reject(
      ENV.circleciCallsPerSecond,
      `0 for any number, or a whole number from ${LEAST_CALLS_PER_SECOND} to ${MOST_CALLS_PER_SECOND}`,
    );
  }
  const tokenSecret = read(ENV.tokenSecret) ?? '';
  if (tokenSecret === '') reject(ENV.tokenSecret, 'the id or ARN of a secret');
  const passIntervalSeconds = wholeNumber(
    read(ENV.passIntervalSeconds) ?? String(DEFAULT_PASS_INTERVAL_SECONDS),
    { least: LEAST_PASS_INTERVAL_SECONDS, most: MOST_PASS_INTERVAL_SECONDS },
  );
  if (passIntervalSeconds === undefined) {
    reject(
      ENV.passIntervalSeconds,
      `a whole number from ${LEAST_PASS_INTERVAL_SECONDS} to ${MOST_PASS_INTERVAL_SECONDS}`,
    );
  }
  const queueUrl = httpUrl(read(ENV.queueUrl) ?? '');
  if (read(ENV.queueUrl) !== undefined && queueUrl === undefined) {
    reject(ENV.queueUrl, 'the URL of a queue');
  }
  const metrics = flag(read(ENV.metrics) ?? 'true');
  if (metrics === undefined) reject(ENV.metrics, 'true or false');
  const dryRun = flag(read(ENV.dryRun) ?? 'false');
  if (dryRun === undefined) reject(ENV.dryRun, 'true or false');

  if (
    circleciUrl === undefined ||
    circleciApi === undefined ||
    circleciCallsPerSecond === undefined ||
    passIntervalSeconds === undefined ||
    metrics === undefined ||
    dryRun === undefined ||
    problems.length > 0
  ) {
    throw new SettingsError(problems);
  }
  return {
    name,
    circleciUrl,
    circleciApi,
    circleciCallsPerSecond,
    tokenSecret,
    passIntervalSeconds,
    queueUrl,
    metrics,
    dryRun,
  };
}

function flag(text: string): boolean | undefined {
  return { true: true, false: false }[text];
}

function callsPerSecond(text: string): number | undefined {
  if (text === '0') return 0;
  return wholeNumber(text, { least: LEAST_CALLS_PER_SECOND, most: MOST_CALLS_PER_SECOND });
}

/**
 * Normalises a base URL: http or https, no credentials, query or fragment, no trailing slash.
 * Returns undefined when it is none.
 */
export function httpUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const plain =
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '';
  return plain ? `${url.origin}${url.pathname}`.replace(/\/+$/, '') : undefined;
}

/**
 * One of two events that wake the function between its minutes, beside `TASK_ENDED`: a machine shuts
 * down, so its task has ended, and what waited for that task may be in the queue. EC2 tells it for every
 * machine of the account and Region; the function finds out whether it is one of its own. Auto Scaling's
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
 * is taken for the schedule, which costs the most. Who wants a pass now sends the same.
 */
export const SCHEDULE_EVENT = { 'runner-scaler': 'schedule' } as const;

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
  const known = SCALER_NAME_PATTERN.test(scaler) && RESOURCE_CLASS_PATTERN.test(resourceClass);
  return known ? { scaler, resourceClass } : undefined;
}

/** CloudWatch namespace and dimensions of every metric the scaler writes. */
export const METRIC_NAMESPACE = 'RunnerScaler';
export const DIMENSION = { scaler: 'Scaler', resourceClass: 'ResourceClass' } as const;

/**
 * Metrics per resource class and pass. The group's own metrics (desired, in service, pending) come
 * from Auto Scaling free of charge and are not written again.
 */
export const CLASS_METRIC = {
  /** Tasks that wait for a runner. */
  unclaimed: 'UnclaimedTasks',
  /** Runners that are wanted and held back because launching them is futile, while there are some. */
  held: 'HeldRunners',
  /** 1 when the pass failed for this class and its capacity was left alone. */
  failed: 'FailedPasses',
} as const;

/** Metrics per resource class: 1 in each pass in which launches are held back for the cause, else nothing. */
export const HOLD_BACK_METRIC = {
  'boots-fail': 'HeldForBoots',
  'agents-fail': 'HeldForAgents',
  'tasks-unclaimed': 'HeldForUnclaimedTasks',
} as const satisfies Record<Cause, string>;

/**
 * Metrics per resource class, written by a machine's last word: 1 for how it ended, if not as it should. Those
 * that served are in the log alone: a metric is billed for each hour in which it gets data.
 */
export const ENDED_METRIC = {
  idle: 'RunnersIdle',
  'boot-failed': 'BootsFailed',
  'agent-failed': 'AgentsFailed',
  interrupted: 'RunnersInterrupted',
  expired: 'RunnersExpired',
} as const satisfies Record<Exclude<RunnerOutcome, 'served'>, string>;

function wholeNumber(
  text: string,
  range: { readonly least: number; readonly most: number },
): number | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= range.least && value <= range.most ? value : undefined;
}

function quote(value: string | undefined): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}
