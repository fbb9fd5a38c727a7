/**
 * Empties fleets, so that they can be changed, removed or destroyed. Nothing is launched any more: a tag
 * tells the scaler so, and the group's process Launch is suspended. That holds no matter who writes the
 * capacity, and also where a minimum would bring machines back. Machines that run finish by themselves,
 * or are ended if that is asked for.
 *
 * Every step may be repeated, also by two people at once; what is held stays held until it is undone.
 */
import { decodeHold } from '../lambda/scaler/contract.ts';
import {
  type Drained,
  DrainError,
  DrainInterrupted,
  type DrainPorts,
  type DrainRequest,
} from './drain-request.ts';
import { endMachines, waitFor } from './drain-waiting.ts';
import { counted, EMPTY, goOn, heldWords, jobsAtMost, machinesOf } from './drain-words.ts';
import type { OperatedGroup } from './aws/groups.ts';
import { AwsError } from './aws/refusal.ts';
import { chosenGroups } from './chosen-groups.ts';

/** @throws CommandError, AwsError where nothing could be looked at */
export async function drain(request: DrainRequest, ports: DrainPorts): Promise<Drained> {
  const { where, config, classes, mode } = request;
  ports.say(`${where}, scaler ${config.name}`);
  const listed = await ports.groups.list();
  const chosen = chosenGroups(listed, request, classes === 'all' ? [] : classes);
  const drained: Drained = { groups: chosen, ended: 0, jobsLostAtMost: 0, problem: undefined };
  try {
    if (mode === 'undo') await undoAll(drained, ports);
    else await empty(drained, request, ports);
  } catch (error) {
    if (ports.signal.aborted) {
      drained.problem = new DrainInterrupted(`interrupted: ${leftWords(drained, request)}`);
    } else if (error instanceof AwsError) {
      const { message } = error;
      drained.problem = new DrainError(`${message}; ${leftWords(drained, request)}`, {
        cause: error,
      });
    } else if (error instanceof DrainError) drained.problem = error;
    else throw error;
  }
  return drained;
}

async function empty(drained: Drained, request: DrainRequest, ports: DrainPorts): Promise<void> {
  const { mode } = request;
  const { say } = ports;
  if (mode === 'end-now' && !request.yes) await agree(drained.groups, request, ports);
  await holdAll(drained, ports);
  for (const group of drained.groups) say(`${group.resourceClass}: ${heldWords(group, request)}`);
  if (mode === 'wait') await waitFor(drained, request, ports);
  if (mode === 'end-now') await endMachines(drained, ports);
  const stays = drained.groups.every(({ machines, desired }) => machines.length + desired === 0);
  say(stays || mode !== 'hold' ? EMPTY : goOn(request));
}

/** What is so after it could not go on. */
function leftWords({ groups, ended }: Drained, request: DrainRequest): string {
  const held = groups.filter(isHeld).map(({ resourceClass }) => resourceClass);
  if (request.mode === 'undo') {
    return held.length === 0 ? 'nothing is held any more' : `still held: ${held.join(', ')}`;
  }
  if (held.length === 0) return 'nothing was changed';
  const told = ended === 0 ? '' : `${counted(ended, 'machine')} told to end; `;
  return `${told}what is held stays held (${held.join(', ')})\n${goOn(request)}`;
}

/** Whether a drain holds it, wholly or in part. */
export function isHeld({ hold }: Pick<OperatedGroup, 'hold'>): boolean {
  return decodeHold(hold)?.kind === 'drain';
}

async function agree(
  chosen: readonly OperatedGroup[],
  { config }: DrainRequest,
  { ask, say }: DrainPorts,
): Promise<void> {
  if (chosen.every(({ machines }) => machines.length === 0)) return;
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
async function holdAll(drained: Drained, { groups, say, signal }: DrainPorts): Promise<void> {
  const chosen = drained.groups;
  const failures: unknown[] = [];
  for (const { group, deleting, launchSuspended, hold, resourceClass } of chosen) {
    signal.throwIfAborted();
    if (deleting) continue;
    if (launchSuspended !== undefined && hold === undefined) {
      say(`${resourceClass}: Launch was suspended before (${launchSuspended}); --undo resumes it`);
    }
    try {
      await groups.hold(group);
      change(drained, group, { hold: 'drain', launchSuspended: 'by this command' });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      say(`${resourceClass}: not held: ${error.message}`);
      failures.push(error);
    }
  }
  const names = new Set(chosen.map(({ group }) => group));
  const [failure] = failures;
  if (failure === undefined) {
    drained.groups = (await groups.list()).filter(({ group }) => names.has(group));
    return;
  }
  const others = failures.length === chosen.length ? '' : '; the others are';
  throw new DrainError(
    `${failures.length} of ${counted(chosen.length, 'group')} could not be held${others}; the command may be repeated`,
    { cause: failure },
  );
}

function change(drained: Drained, name: string, changed: Partial<OperatedGroup>): void {
  drained.groups = drained.groups.map((group) =>
    group.group === name ? { ...group, ...changed } : group,
  );
}

/** One group whose hold cannot be taken back does not keep the others from it. */
async function undoAll(drained: Drained, ports: DrainPorts): Promise<void> {
  const failures: AwsError[] = [];
  const chosen = drained.groups;
  for (const group of chosen) {
    ports.signal.throwIfAborted();
    try {
      ports.say(`${group.resourceClass}: ${await undo(group, ports)}`);
      change(drained, group.group, { hold: undefined, launchSuspended: undefined });
    } catch (error) {
      if (!(error instanceof AwsError) || chosen.length === 1) throw error;
      ports.say(`${group.resourceClass}: still held: ${error.message}`);
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw new DrainError(
      `the hold on ${failures.length} of ${counted(chosen.length, 'group')} could not be taken back; repeat the command for what is still held`,
      { cause: failures[0] },
    );
  }
}

async function undo(group: OperatedGroup, { groups }: DrainPorts): Promise<string> {
  const { launchSuspended } = group;
  const kind = decodeHold(group.hold)?.kind;
  const byHand =
    launchSuspended === undefined
      ? ''
      : `; Launch is suspended, not by a drain (${launchSuspended}); resume it with: aws autoscaling ` +
        `resume-processes --auto-scaling-group-name ${group.group} --scaling-processes Launch`;
  if (group.deleting) return 'AWS is deleting the group; nothing to undo';
  if (kind === undefined) return `it is not held${byHand}`;
  if (kind === 'drain') {
    await groups.release(group);
    return 'no longer held; the scaler launches again within a minute';
  }
  await groups.removeHold(group.group);
  return kind === 'until'
    ? `no longer held until ${group.hold}${byHand}`
    : `no longer held, as it was by ${JSON.stringify(group.hold)}${byHand}`;
}
