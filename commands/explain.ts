/** Why a class got what it got: what was decided around a moment, and what became of the machines. */
import type { FunctionLog, LogQuery } from './aws/function-log.ts';
import type { Machine, OperatedGroup } from './aws/groups.ts';
import type { Launch, Launches } from './aws/launches.ts';
import { AwsError } from './aws/refusal.ts';
import { decisionSentence } from './decision-words.ts';
import { type EndLine, endLines, endPattern, passLines, passPattern } from './log-lines.ts';

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
  readonly group: OperatedGroup;
  readonly at: number;
  readonly minutes: number;
}

export interface ExplainPorts {
  readonly log: FunctionLog;
  readonly launches: Launches;
  readonly now: () => number;
}

const MINUTE_MS = 60_000;
/** Longest life of a machine whose end is looked for: a boot, a job of the longest default, a shutdown. */
const LIFE_MS = 6 * 60 * MINUTE_MS;

/** @throws AwsError */
export async function explain(
  { group, at, minutes }: ExplainRequest,
  { log, launches, now }: ExplainPorts,
): Promise<Explanation> {
  const { resourceClass } = group;
  const from = at - minutes * MINUTE_MS;
  const to = Math.min(at + (minutes * MINUTE_MS) / 3, now());
  const [passes, ends, started] = await Promise.all([
    searched(log, { from, to, pattern: passPattern([resourceClass]) }),
    searched(log, {
      from,
      to: Math.min(to + LIFE_MS, now()),
      pattern: endPattern([resourceClass]),
    }),
    launches({ group: group.group, from, to }),
  ]);
  const lines = passLines(passes.lines).filter((line) => line.group === group.group);
  const ended = new Map(endLines(ends.lines).map((line) => [line.instanceId, line]));
  const stages = new Map(group.machines.map(({ id, stage }) => [id, stage]));
  const oldest = started.complete
    ? []
    : ['the group launched more than is read at once; the oldest of its launches are missing'];
  const none =
    lines.length > 0 || passes.notes.length > 0
      ? []
      : [
          'the log has no line of the class in that time: the scaler did not run, the class did not exist, or the log is not kept so long',
        ];
  return {
    resourceClass,
    group: group.group,
    from,
    to,
    decisions: told(lines.map((line) => ({ at: line.at, sentence: decisionSentence(line) }))),
    machines: started.launches.map((launch) => ({
      launch,
      end: launch.instanceId === undefined ? undefined : ended.get(launch.instanceId),
      stage: launch.instanceId === undefined ? undefined : stages.get(launch.instanceId),
    })),
    warnings: [...new Set(lines.flatMap(({ warning }) => warning ?? []))],
    notes: [...new Set([...passes.notes, ...ends.notes, ...oldest, ...none])],
  };
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

interface Searched {
  readonly lines: Awaited<ReturnType<FunctionLog['search']>>['lines'];
  readonly notes: readonly string[];
}

async function searched(log: FunctionLog, query: LogQuery): Promise<Searched> {
  try {
    const { lines, complete } = await log.search(query);
    return { lines, notes: complete ? [] : [TOO_MUCH] };
  } catch (error) {
    if (!(error instanceof AwsError && error.kind === 'not-found')) throw error;
    return { lines: [], notes: [NO_LOG] };
  }
}

const TOO_MUCH =
  'the log holds more than is read at once, and its newest lines are missing; ask for fewer --minutes';
const NO_LOG = 'the scaler has no log here: it is not deployed, or it has never run';
