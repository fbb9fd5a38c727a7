/** The wait of a drain until its groups are empty, by themselves or because their machines are told to end. */
import { decodeHold } from '../lambda/scaler/contract.ts';
import { DrainError, type Drained, type DrainPorts, type DrainRequest } from './drain-request.ts';
import { counted, duration, longestSeconds, machinesOf } from './drain-words.ts';
import type { Machine, OperatedGroup } from './aws/groups.ts';
import { AwsError, isPassing } from './aws/refusal.ts';
import { clockTime } from './words.ts';

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

/** @throws DrainError, AwsError */
export async function waitFor(
  drained: Drained,
  { config }: DrainRequest,
  ports: DrainPorts,
): Promise<void> {
  const { now, say } = ports;
  const held = drained.groups;
  const longest = held.map((group) => longestSeconds(group, config) ?? Number.POSITIVE_INFINITY);
  const overdueAt = now() + 1000 * Math.max(0, ...longest) + SHUTDOWN_MS;
  const said = new Map(held.map((group) => [group.group, machinesOf(group)]));
  let saidAt = now();
  let warned = false;
  await untilEmpty({ drained, everyMs: WAIT_EVERY_MS }, ports, async (listed) => {
    for (const group of listed) {
      const words = machinesOf(group);
      if (said.get(group.group) === words && now() - saidAt < SAY_EVERY_MS) continue;
      said.set(group.group, words);
      saidAt = now();
      say(`${clockTime(now())} UTC ${group.resourceClass}: ${words}`);
    }
    if (now() > overdueAt && !warned) {
      warned = true;
      say(`longer than any machine should take: ${idsOf(listed)}; look at them, or use --end-now`);
    }
  });
}

/** @throws DrainError, AwsError */
export async function endMachines(drained: Drained, ports: DrainPorts): Promise<void> {
  const { now, say } = ports;
  const toldAt = new Map<string, number>();
  const begun = now();
  let problem: unknown;
  const tell = async ({ id, stage, mayHoldTask }: Machine): Promise<void> => {
    const before = toldAt.get(id);
    if (stage === 'ends' || now() - (before ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return;
    ports.signal.throwIfAborted();
    try {
      await ports.groups.end(id);
    } catch (error) {
      if (!(error instanceof AwsError && (isPassing(error) || error.kind === 'other'))) throw error;
      // A group may be busy with its launch; the next round tries again.
      problem = error;
      return;
    }
    toldAt.set(id, now());
    if (before !== undefined) return;
    drained.ended += 1;
    if (mayHoldTask) drained.jobsLostAtMost += 1;
  };
  await untilEmpty({ drained, everyMs: END_EVERY_MS }, ports, async (listed) => {
    for (const machine of listed.flatMap(({ machines }) => machines)) await tell(machine);
    if (now() - begun < SHUTDOWN_MS || listed.every(isEmpty)) return;
    throw new DrainError(
      `${idsOf(listed)} did not end within ${duration(SHUTDOWN_MS / 1000)}; repeat the command, or look at them in EC2`,
      { cause: problem },
    );
  });
  const { ended, jobsLostAtMost } = drained;
  say(
    `${counted(ended, 'machine')} ended; at most ${counted(jobsLostAtMost, 'job')} lost: the CI system shows them as failed`,
  );
}

function idsOf(groups: readonly OperatedGroup[]): string {
  return groups.flatMap(({ machines }) => machines.map(({ id }) => id)).join(', ');
}

function isEmpty({ machines }: OperatedGroup): boolean {
  return machines.length === 0;
}

type OnListed = (listed: readonly OperatedGroup[]) => Promise<void>;

interface Watched {
  readonly drained: Drained;
  readonly everyMs: number;
}

/** Lists the groups again and again; a group that is gone is an empty one. */
async function untilEmpty(
  { drained, everyMs }: Watched,
  ports: DrainPorts,
  onListed: OnListed,
): Promise<void> {
  const { groups, now, say, signal, sleep } = ports;
  const names = new Set(drained.groups.map(({ group }) => group));
  let emptySince: number | undefined;
  for (let first = true; ; first = false) {
    signal.throwIfAborted();
    if (!first) await sleep(everyMs);
    const listed = await groups.list().catch((error: unknown) => {
      // Hours of waiting outlive a refused call, and a network that is away for a while.
      if (!(error instanceof AwsError && isPassing(error))) throw error;
      say(`${error.message.replace('; repeat the command', '')}; tried again`);
      return undefined;
    });
    if (listed === undefined) continue;
    const standing = listed.filter(({ group }) => names.has(group));
    drained.groups = standing;
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
