/** The state of each class at one moment, from its group and from the scaler's log. */
import { decodeHold } from '../lambda/scaler/contract.ts';
import {
  decodeState,
  heldAt,
  holdBackWarning,
  KEPT_SUSPENDED,
} from '../lambda/scaler/composition.ts';
import type { FunctionLog } from './aws/function-log.ts';
import type { OperatedGroup, OperatedGroups, Suspended } from './aws/groups.ts';
import { type Capacity, capacityOf } from './capacity.ts';
import { chosenGroups } from './chosen-groups.ts';
import {
  type EndLine,
  endLines,
  endPattern,
  type PassLine,
  passLines,
  passPattern,
} from './log-lines.ts';
import { searched } from './log-search.ts';

export interface ClassStatus {
  readonly resourceClass: string;
  readonly group: string;
  /** As the last line of the class said it; undefined where there is none of late. */
  readonly demand: Demand | undefined;
  readonly capacity: Capacity;
  /** What keeps the class from what it wants, in sentences. */
  readonly holds: readonly string[];
  readonly suspended: readonly Suspended[];
  /** Why the last pass over it failed. */
  readonly failure: string | undefined;
  readonly lastFailedBoot: FailedBoot | undefined;
}

export interface Demand {
  /** When it was read, in milliseconds since the epoch. */
  readonly at: number;
  /** Undefined where the source did not say. */
  readonly unclaimed: number | undefined;
  readonly running: number | undefined;
  readonly wait: Wait | undefined;
}

/** How long tasks wait, as far as it is known. */
export interface Wait {
  /** Since when each line has had waiting tasks, not always the same ones, in milliseconds since the epoch. */
  readonly someSince: number;
  /** Seconds for which one of them has waited at least; undefined where the log does not say. */
  readonly atLeastSeconds: number | undefined;
}

export interface FailedBoot {
  readonly at: number;
  readonly instanceId: string;
  readonly reason: string;
}

export interface Status {
  readonly at: number;
  /** When the newest line of any pass was written; undefined where there is none of late. */
  readonly lastPassAt: number | undefined;
  /** What could not be found out, in sentences. */
  readonly notes: readonly string[];
  readonly classes: readonly ClassStatus[];
}

export interface StatusPorts {
  readonly groups: OperatedGroups;
  readonly log: FunctionLog;
  readonly now: () => number;
}

export interface StatusRequest {
  readonly where: string;
  readonly config: Parameters<typeof chosenGroups>[1]['config'];
  /** Empty: all. */
  readonly classes: readonly string[];
}

const MINUTE_MS = 60_000;
/** A class at rest has a line once in ten minutes. */
const LOOK_BACK_MS = 12 * MINUTE_MS;
/** How far back a boot that failed still matters. */
const BOOTS_BACK_MS = 6 * 60 * MINUTE_MS;

const FEWER = 'name some classes';

/** @throws CommandError, AwsError */
export async function statusOf(
  request: StatusRequest,
  { groups, log, now }: StatusPorts,
): Promise<Status> {
  const at = now();
  const named = request.classes;
  const [found, passes, boots] = await Promise.all([
    groups.list(),
    searched(log, { from: at - LOOK_BACK_MS, to: at, pattern: passPattern(named) }, FEWER),
    searched(
      log,
      { from: at - BOOTS_BACK_MS, to: at, pattern: endPattern(named, ['boot-failed']) },
      FEWER,
    ),
  ]);
  const chosen = chosenGroups(found, request, named);
  const lines = passLines(passes.lines);
  const ended = endLines(boots.lines).filter(({ outcome }) => outcome === 'boot-failed');
  return {
    at,
    lastPassAt: lines.at(-1)?.at,
    notes: [...new Set([...passes.notes, ...boots.notes])],
    classes: chosen.map((group) =>
      classStatus(group, {
        at,
        lines: lines.filter((line) => line.group === group.group),
        failedBoot: ended.findLast(({ resourceClass }) => resourceClass === group.resourceClass),
      }),
    ),
  };
}

interface Known {
  readonly at: number;
  /** Of the class, oldest first. */
  readonly lines: readonly PassLine[];
  readonly failedBoot: EndLine | undefined;
}

function classStatus(group: OperatedGroup, { at, lines, failedBoot }: Known): ClassStatus {
  const last = lines.at(-1);
  const kept: readonly string[] = KEPT_SUSPENDED;
  const drains = decodeHold(group.hold)?.kind === 'drain';
  const counted = lines.findLast(({ unclaimed }) => unclaimed !== undefined);
  return {
    resourceClass: group.resourceClass,
    group: group.group,
    demand: counted && {
      at: counted.at,
      unclaimed: counted.unclaimed,
      running: counted.running,
      wait: waitIn(lines),
    },
    capacity: capacityOf(group),
    holds: holdsOf(group, at),
    suspended: group.suspended.filter(
      ({ process }) => !kept.includes(process) && !(drains && process === 'Launch'),
    ),
    failure: last?.failure === undefined ? undefined : `${last.failure}: ${last.error ?? ''}`,
    lastFailedBoot: failedBoot && {
      at: failedBoot.at,
      instanceId: failedBoot.instanceId,
      reason: failedBoot.reason,
    },
  };
}

function waitIn(lines: readonly PassLine[]): Wait | undefined {
  const known = lines.filter(({ unclaimed }) => unclaimed !== undefined);
  const last = known.at(-1);
  if (last === undefined || last.unclaimed === 0) return undefined;
  const without = known.findLastIndex(({ unclaimed }) => unclaimed === 0);
  return { someSince: known[without + 1]?.at ?? last.at, atLeastSeconds: last.queueSeconds };
}

function holdsOf(group: OperatedGroup, at: number): readonly string[] {
  const held = heldAt(group, at)?.sentence;
  return [held, holdBackOf(group), group.deleting ? 'AWS is deleting the group' : undefined].filter(
    (each) => each !== undefined,
  );
}

function holdBackOf(group: OperatedGroup): string | undefined {
  try {
    return holdBackWarning(group, decodeState(group.holdBack));
  } catch (error) {
    return error instanceof RangeError ? error.message : undefined;
  }
}
