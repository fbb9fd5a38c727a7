/**
 * Empties fleets, so that they can be changed, removed or destroyed. Nothing is launched any more: a tag
 * tells the scaler so, and the group's process Launch is suspended. That holds no matter who writes the
 * capacity, and also where a minimum would bring machines back. Machines that run finish by themselves,
 * or are ended if that is asked for.
 *
 * Every step may be repeated, also by two people at once; what is held stays held until it is undone.
 */
import { decodeHold } from '../lambda/scaler/contract.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { DrainMode } from './drain-options.ts';
import { counted, duration, jobsAtMost, longestSeconds, machinesOf } from './drain-words.ts';
import type { OperatedGroup, OperatedGroups } from './aws/groups.ts';
import { AwsError } from './aws/refusal.ts';
import { chosenGroups } from './chosen-groups.ts';

export interface DrainRequest {
  readonly config: Pick<ResolvedConfig, 'name' | 'fleets'>;
  /** The account and the region, in words. */
  readonly where: string;
  /** What else has to be typed to mean the same scaler, such as ` --config staging.ts`. Default: nothing. */
  readonly alsoTyped?: string;
  readonly classes: readonly string[] | 'all';
  readonly mode: DrainMode;
  /** Do not ask before machines are ended. */
  readonly yes: boolean;
}

export interface DrainPorts {
  readonly groups: OperatedGroups;
  readonly say: (line: string) => void;
  /** Asks a person, who may decline by any other answer. */
  readonly ask: (question: string) => Promise<string>;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Aborts when the person interrupts. */
  readonly signal: AbortSignal;
}

/** Thrown where the command cannot go on; says what to do. */
export class DrainError extends Error {
  override readonly name = 'DrainError';
}

/** Thrown when the person interrupted; says what is left as it is and how to go on. */
export class DrainInterrupted extends Error {
  override readonly name = 'DrainInterrupted';
}

const WAIT_EVERY_MS = 15_000;
const END_EVERY_MS = 3_000;
/** The longest time between two lines, so that the silence of a long job is not taken for a hang. */
const SAY_EVERY_MS = 10 * 60_000;
/** A machine that shuts down stays in its group for some minutes. */
const SHUTDOWN_MS = 15 * 60_000;
/** A group that is owed machines may still get one that was under way when it was held. */
const SETTLE_MS = 60_000;
/** After which a machine that was told to end, and does not, is told again. */
const TELL_AGAIN_MS = 60_000;

/** @throws DrainError, AwsError, DrainInterrupted */
export async function drain(request: DrainRequest, ports: DrainPorts): Promise<void> {
  const { mode, where, config } = request;
  const { say, signal } = ports;
  say(`${where}, scaler ${config.name}`);
  const chosen = chosenGroups(
    await ports.groups.list(),
    request,
    request.classes === 'all' ? [] : request.classes,
  );
  if (mode === 'undo') {
    for (const group of chosen) await undo(group, ports);
    return;
  }
  if (mode === 'end-now' && !request.yes) await agree(chosen, request, ports);
  let ended = 0;
  try {
    const held = await holdAll(chosen, ports);
    for (const group of held) say(`${group.resourceClass}: ${heldWords(group, request)}`);
    if (mode === 'wait') await waitFor(held, request, ports);
    if (mode === 'end-now') {
      await endMachines(held, ports, () => {
        ended += 1;
      });
    }
    const stays = held.every((group) => isEmpty(group) && group.desired === 0);
    say(stays || mode !== 'hold' ? EMPTY : goOn(request));
  } catch (error) {
    if (!signal.aborted) throw error;
    const told = ended === 0 ? '' : `${counted(ended, 'machine')} told to end; `;
    throw new DrainInterrupted(`interrupted: ${told}what is held stays held\n${goOn(request)}`);
  }
}

const EMPTY =
  'no machine is left and none is launched: npx cdk deploy and npx cdk destroy go through now';

function goOn({ alsoTyped = '', classes, config }: DrainRequest): string {
  const which = classes === 'all' ? '--all' : `--class ${classes.join(' ')}`;
  const first = `npm run drain -- ${which}${alsoTyped}`;
  return [
    `go on (${config.name}):`,
    `  ${first} --wait      waits until no machine is left`,
    `  ${first} --end-now   ends the machines with their jobs`,
    `  ${first} --undo      lets the scaler launch again`,
  ].join('\n');
}

async function agree(
  chosen: readonly OperatedGroup[],
  { config }: DrainRequest,
  { ask, say }: DrainPorts,
): Promise<void> {
  if (chosen.every(isEmpty)) return;
  for (const group of chosen) say(`${group.resourceClass}: ${machinesOf(group)}`);
  const classes = new Set(chosen.map(({ resourceClass }) => resourceClass));
  const [only] = classes;
  const word = classes.size === 1 && only !== undefined ? only : config.name;
  const answer = await ask(
    `these machines will be ended; at most ${counted(jobsAtMost(chosen), 'job')} will be lost; type ${word} to do it: `,
  );
  if (answer.trim() !== word) {
    throw new DrainError(`the answer was not ${word}; nothing was changed`);
  }
}

/** One group that cannot be held does not keep the others from it. */
async function holdAll(
  chosen: readonly OperatedGroup[],
  { groups, say, signal }: DrainPorts,
): Promise<readonly OperatedGroup[]> {
  const failures: unknown[] = [];
  for (const { group, deleting, launchSuspended, hold, resourceClass } of chosen) {
    signal.throwIfAborted();
    if (deleting) continue;
    if (launchSuspended !== undefined && hold === undefined) {
      say(`${resourceClass}: Launch was suspended before (${launchSuspended}); --undo resumes it`);
    }
    await groups.hold(group).catch((error: unknown) => {
      if (!(error instanceof AwsError)) throw error;
      say(`${resourceClass}: not held: ${error.message}`);
      failures.push(error);
    });
  }
  if (failures.length > 0) {
    throw new DrainError(
      `${failures.length} of ${counted(chosen.length, 'group')} could not be held; the others are`,
      { cause: failures[0] },
    );
  }
  return again(chosen, await groups.list());
}

function again(chosen: readonly OperatedGroup[], listed: readonly OperatedGroup[]) {
  const names = new Set(chosen.map(({ group }) => group));
  return listed.filter(({ group }) => names.has(group));
}

function isEmpty({ machines }: OperatedGroup): boolean {
  return machines.length === 0;
}

function heldWords(group: OperatedGroup, { config, mode }: DrainRequest): string {
  if (isEmpty(group)) return 'nothing is launched any more; no machine is left';
  if (mode === 'end-now') return `nothing is launched any more; ${machinesOf(group)}`;
  const seconds = longestSeconds(group, config);
  const most =
    seconds === undefined
      ? 'the longest job that its machines allow; the config does not know the class any more'
      : duration(seconds);
  return (
    `nothing is launched any more; ${machinesOf(group)}; each takes one job at most and ends by itself, ` +
    `the last within ${most} and a few minutes to shut down`
  );
}

async function waitFor(
  held: readonly OperatedGroup[],
  { config }: DrainRequest,
  ports: DrainPorts,
): Promise<void> {
  const { now, say } = ports;
  const longest = held.map((group) => longestSeconds(group, config) ?? Number.POSITIVE_INFINITY);
  const overdueAt = now() + 1000 * Math.max(...longest) + SHUTDOWN_MS;
  const said = new Map(held.map((group) => [group.group, machinesOf(group)]));
  let saidAt = now();
  let warned = false;
  await untilEmpty({ held, everyMs: WAIT_EVERY_MS }, ports, async (listed) => {
    for (const group of listed) {
      const words = machinesOf(group);
      if (said.get(group.group) === words && now() - saidAt < SAY_EVERY_MS) continue;
      said.set(group.group, words);
      saidAt = now();
      say(`${new Date(now()).toISOString().slice(11, 19)} UTC ${group.resourceClass}: ${words}`);
    }
    if (now() > overdueAt && !warned) {
      warned = true;
      const ids = listed.flatMap(({ machines }) => machines.map(({ id }) => id)).join(', ');
      say(`longer than any machine should take: ${ids}; look at them, or use --end-now`);
    }
  });
}

async function endMachines(
  held: readonly OperatedGroup[],
  ports: DrainPorts,
  onTold: () => void,
): Promise<void> {
  const { groups, now, say, signal } = ports;
  const told = new Map<string, number>();
  const begun = now();
  let lost = 0;
  let problem: unknown;
  await untilEmpty({ held, everyMs: END_EVERY_MS }, ports, async (listed) => {
    for (const { id, stage, mayHoldTask } of listed.flatMap(({ machines }) => machines)) {
      const toldAt = told.get(id);
      if (stage === 'ends' || now() - (toldAt ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS)
        continue;
      signal.throwIfAborted();
      try {
        await groups.end(id);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        if (error.kind !== 'passing' && error.kind !== 'other') throw error;
        // A group may be busy with its launch; the next round tries again.
        problem = error;
        continue;
      }
      told.set(id, now());
      if (toldAt !== undefined) continue;
      onTold();
      if (mayHoldTask) lost += 1;
    }
    if (now() - begun < SHUTDOWN_MS || listed.every(isEmpty)) return;
    const ids = listed.flatMap(({ machines }) => machines.map(({ id }) => id)).join(', ');
    throw new DrainError(
      `${ids} did not end within ${duration(SHUTDOWN_MS / 1000)}; repeat the command, or look at them in EC2`,
      { cause: problem },
    );
  });
  say(
    `${counted(told.size, 'machine')} ended; at most ${counted(lost, 'job')} lost: CircleCI shows them as failed`,
  );
}

type OnListed = (listed: readonly OperatedGroup[]) => Promise<void>;

interface Watched {
  readonly held: readonly OperatedGroup[];
  readonly everyMs: number;
}

/** Lists the groups again and again; a group that is gone is an empty one. */
async function untilEmpty(
  { held, everyMs }: Watched,
  ports: DrainPorts,
  onListed: OnListed,
): Promise<void> {
  const { groups, now, say, signal, sleep } = ports;
  let emptySince: number | undefined;
  for (let first = true; ; first = false) {
    signal.throwIfAborted();
    if (!first) await sleep(everyMs);
    const listed = await groups.list().catch((error: unknown) => {
      // Hours of waiting outlive a refused call.
      if (!(error instanceof AwsError && error.kind === 'passing')) throw error;
      say(`${error.message.replace('; repeat the command', '')}; tried again`);
      return undefined;
    });
    if (listed === undefined) continue;
    const standing = again(held, listed);
    const undone = standing.find(
      ({ hold, deleting, launchSuspended }) =>
        !deleting && (decodeHold(hold)?.kind !== 'drain' || launchSuspended === undefined),
    );
    if (undone !== undefined) {
      throw new DrainError(
        `the hold on ${undone.resourceClass} was taken back meanwhile by somebody else; ` +
          'its machines were left alone from then on; drain it again if it should still be held',
      );
    }
    await onListed(standing);
    if (!standing.every(isEmpty)) emptySince = undefined;
    else {
      emptySince ??= now();
      const owed = standing.some(({ desired }) => desired > 0);
      if (!owed || now() - emptySince >= SETTLE_MS) return;
    }
  }
}

async function undo(group: OperatedGroup, { groups, say, signal }: DrainPorts): Promise<void> {
  signal.throwIfAborted();
  const { resourceClass, launchSuspended } = group;
  const kind = decodeHold(group.hold)?.kind;
  const byHand =
    launchSuspended === undefined
      ? ''
      : `; Launch is suspended, not by a drain (${launchSuspended}); resume it with: aws autoscaling ` +
        `resume-processes --auto-scaling-group-name ${group.group} --scaling-processes Launch`;
  if (group.deleting) say(`${resourceClass}: AWS is deleting the group; nothing to undo`);
  else if (kind === undefined) say(`${resourceClass}: it is not held${byHand}`);
  else if (kind === 'drain') {
    await groups.release(group);
    say(`${resourceClass}: no longer held; the scaler launches again within a minute`);
  } else {
    await groups.removeHold(group.group);
    say(`${resourceClass}: no longer held until ${group.hold}${byHand}`);
  }
}
