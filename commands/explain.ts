/** Why a class got what it got: what was decided around a moment, and what became of the machines. */
import { REST_MINUTES } from '../lambda/scaler/composition.ts';
import type { FunctionLog, LogQuery } from './aws/function-log.ts';
import type { Machine, OperatedGroup } from './aws/groups.ts';
import type { Launch, Launches, LaunchRead } from './aws/launches.ts';
import { decisionSentence } from './decision-words.ts';
import { counted } from './drain-words.ts';
import {
  type EndLine,
  endLines,
  endPattern,
  ERROR_PATTERN,
  errorText,
  type PassLine,
  passLines,
  passPattern,
} from './log-lines.ts';
import { searched as searchedFor, type Searched } from './log-search.ts';
import { ago, clockTime } from './words.ts';

/** One decision, or several after each other that say the same. */
export interface ToldDecision {
  /** Milliseconds since the epoch, of the first and of the last of them. */
  readonly from: number;
  readonly to: number;
  readonly passes: number;
  readonly sentence: string;
}

export interface ToldMachine {
  readonly launch: Launch;
  /** Its last word; undefined where none was heard. */
  readonly end: EndLine | undefined;
  /** What it does now; undefined where it is not in the group any more. */
  readonly stage: Machine['stage'] | undefined;
}

export interface Explanation {
  readonly resourceClass: string;
  readonly group: string;
  readonly from: number;
  readonly to: number;
  readonly decisions: readonly ToldDecision[];
  readonly machines: readonly ToldMachine[];
  /** What the scaler warned of in that time, each once. */
  readonly warnings: readonly string[];
  /** What could not be found out, in sentences. */
  readonly notes: readonly string[];
}

export interface ExplainRequest {
  readonly resourceClass: string;
  /** That serves it now; undefined where none does. */
  readonly group: OperatedGroup | undefined;
  readonly at: number;
  readonly minutes: number;
  /** Days for which the log is kept. */
  readonly keptDays: number;
}

export interface ExplainPorts {
  readonly log: FunctionLog;
  readonly launches: Launches;
  readonly now: () => number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Longest life of a machine whose end is looked for: a boot, a job of the longest default, a shutdown. */
const LIFE_MS = 6 * 60 * MINUTE_MS;
/** A class at rest has a line once in ten minutes, and the one before the time that is told was in force in it. */
const REST_MS = (REST_MINUTES + 2) * MINUTE_MS;

/** @throws AwsError */
export async function explain(
  { resourceClass, group, at, minutes, keptDays }: ExplainRequest,
  { log, launches, now }: ExplainPorts,
): Promise<Explanation> {
  const from = at - minutes * MINUTE_MS;
  const to = Math.min(at + (minutes * MINUTE_MS) / 3, now());
  const [passes, ends, started] = await Promise.all([
    searched(log, { from: from - REST_MS, to, pattern: passPattern([resourceClass]) }),
    searched(log, {
      from,
      to: Math.min(to + LIFE_MS, now()),
      pattern: endPattern([resourceClass]),
    }),
    group === undefined ? NOT_KNOWN : launches({ group: group.group, from, to }),
  ]);
  const found = passLines(passes.lines).filter((line) => line.resourceClass === resourceClass);
  // The one before is told where it was in force.
  const lines = found.slice(
    Math.max(
      found.findLastIndex((line) => line.at < from),
      0,
    ),
  );
  const ended = new Map(endLines(ends.lines).map((line) => [line.instanceId, line]));
  const stages = new Map(group?.machines.map(({ id, stage }) => [id, stage]));
  const oldest = started.complete
    ? []
    : ['the group launched more than is read at once; the oldest of its launches are missing'];
  const lastAt = lines.at(-1)?.at;
  const isSilent = passes.notes.length === 0 && to - (lastAt ?? 0) > REST_MS;
  const silence = isSilent
    ? await silenceNotes({ resourceClass, group, from, to, lastAt, keptDays }, { log, now })
    : [];
  return {
    resourceClass,
    group: group?.group ?? lines.at(-1)?.group ?? '',
    from,
    to,
    decisions: told(lines.map((line) => ({ at: line.at, sentence: decisionSentence(line) }))),
    machines: started.launches.map((launch) => ({
      launch,
      end: launch.instanceId === undefined ? undefined : ended.get(launch.instanceId),
      stage: launch.instanceId === undefined ? undefined : stages.get(launch.instanceId),
    })),
    warnings: [...new Set(lines.flatMap(({ warning }) => warning ?? []))],
    notes: [
      ...new Set([
        ...otherGroupNotes(lines, { resourceClass, group }),
        ...passes.notes,
        ...ends.notes,
        ...oldest,
        ...silence,
      ]),
    ],
  };
}

async function searched(log: FunctionLog, query: LogQuery): Promise<Searched> {
  return searchedFor(log, query, 'ask for fewer --minutes');
}

const NOT_KNOWN: LaunchRead = { launches: [], complete: true };

/** A class that was removed or renamed, or whose group has another name since. */
function otherGroupNotes(
  lines: readonly PassLine[],
  { resourceClass, group }: Pick<ExplainRequest, 'resourceClass' | 'group'>,
): readonly string[] {
  if (group === undefined) {
    return [
      `no group serves ${resourceClass} now: it was removed, or has another name since; its machines are not told`,
    ];
  }
  const others = new Set(lines.map((line) => line.group).filter((name) => name !== group.group));
  if (others.size === 0) return [];
  return [
    `the class was served by ${[...others].join(', ')} then, and is by ${group.group} now; machines are told of the latter only`,
  ];
}

function told(
  decisions: readonly { readonly at: number; readonly sentence: string }[],
): readonly ToldDecision[] {
  const found: ToldDecision[] = [];
  for (const { at, sentence } of decisions) {
    const last = found.at(-1);
    if (last?.sentence === sentence) {
      found[found.length - 1] = { ...last, to: at, passes: last.passes + 1 };
    } else found.push({ from: at, to: at, passes: 1, sentence });
  }
  return found;
}

interface Silence extends Pick<ExplainRequest, 'resourceClass' | 'group' | 'keptDays'> {
  readonly from: number;
  readonly to: number;
  /** When the last line of the class was written; undefined where there is none in that time. */
  readonly lastAt: number | undefined;
}

/** Why the log has nothing of the class in that time, or nothing more. */
async function silenceNotes(
  { resourceClass, group, from, to, lastAt, keptDays }: Silence,
  { log, now }: Pick<ExplainPorts, 'log' | 'now'>,
): Promise<readonly string[]> {
  const age = now() - to;
  if (age > keptDays * DAY_MS) {
    return [
      `the log is kept for ${counted(keptDays, 'day')} (logRetentionDays), and that time was ${ago(age)} ago`,
    ];
  }
  // The lines of the pass that wrote the last one do not count.
  const since = lastAt === undefined ? from - REST_MS : lastAt + MINUTE_MS / 2;
  const [passes, errors] = await Promise.all([
    searched(log, { from: since, to, pattern: passPattern() }),
    searched(log, { from: since, to, pattern: ERROR_PATTERN }),
  ]);
  const when = lastAt === undefined ? 'in that time' : `after ${clockTime(lastAt)}`;
  const said = [...new Set(errors.lines.map(errorText))];
  const ofIt = said.filter(
    (text) => text.includes(resourceClass) || (group !== undefined && text.includes(group.group)),
  );
  if (ofIt.length > 0) return [`the scaler did not serve the class ${when}: ${ofIt.join('; ')}`];
  const served = new Set(passLines(passes.lines).map((line) => line.resourceClass));
  if (served.size > 0) {
    return [
      `the scaler made passes ${when}, and none over this class: it was not deployed, had another name, or its group lacked the tags; the classes were: ${[...served].sort().join(', ')}`,
    ];
  }
  if (said.length > 0) return [`the scaler failed ${when}, before any class: ${said.join('; ')}`];
  return [
    `the log has no pass over any class ${when}: the scaler did not run, as when its schedule is off or nothing is deployed; npx runner-scaler doctor tells how it is now`,
  ];
}
