/** One round each: a machine's life to the end that is asked for, or a capacity that is taken back. */
import { NotMeasured, type ProbedFleet } from './port.ts';
import {
  exactly,
  type LifecycleStage,
  type Moment,
  machineReached,
  machineWasSeen,
  reached,
  secondsBetween,
  wasSeen,
} from './track.ts';
import { lookAt, type Pace, patiently, type Watch } from './watch.ts';

/** What a round of a life measures, by the names of the simulator's parameters. */
export type DurationName =
  | 'launchLag'
  | 'pendingToRunning'
  | 'boot'
  | 'proceed'
  | 'firstClaim'
  | 'noticeLag'
  | 'terminate'
  | 'shutdown';

/** Seconds, or why there are none. */
export type Figure = number | NotMeasured;

export interface Round {
  readonly fleet: ProbedFleet;
  readonly pace: Pace;
}

export type Figures = Partial<Record<DurationName, Figure>>;

/** How a machine ends: through its group, or by itself. */
export type Ending = 'terminate' | 'stop';

/** What can be measured of a machine in service only, and what each ending adds. */
const IN_SERVICE = ['proceed', 'firstClaim'] as const;
const OF_ENDING = { terminate: ['terminate', 'shutdown'], stop: ['noticeLag'] } as const;

/** Starts a machine, follows it into service and ends it. */
export async function lifeRound(round: Round, ending: Ending): Promise<Figures> {
  const { fleet } = round;
  await fleet.setDesiredCapacity(1);
  const asked = exactly(fleet.now());
  const watch = await firstSeen(round, asked).catch(asFigure);
  if (watch instanceof NotMeasured) return { launchLag: watch };
  const settled = () => wasSeen(watch, 'InService') || reached(watch, 'Terminating') !== undefined;
  const given = await patiently({ ...round, what: 'the machine was not in service' }, async () => {
    if (settled()) return true;
    await lookAt(fleet, watch);
    return settled() ? true : undefined;
  }).catch(asFigure);
  const start = startOf(watch, asked);
  if (!wasSeen(watch, 'InService')) {
    const reason =
      given instanceof NotMeasured
        ? given
        : new NotMeasured('the machine ended before it was in service');
    return { ...start, ...missing([...IN_SERVICE, ...OF_ENDING[ending]], reason) };
  }
  const claim = await firstClaim(round, watch).catch(asFigure);
  const end = await END[ending](round, watch).catch(asFigure);
  return {
    ...start,
    firstClaim: claim,
    ...(end instanceof NotMeasured ? missing(OF_ENDING[ending], end) : end),
  };
}

function missing(names: readonly DurationName[], reason: NotMeasured): Figures {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

function asFigure(error: unknown): NotMeasured {
  if (error instanceof NotMeasured) return error;
  throw error;
}

/** Waits for the group to list an instance. */
async function firstSeen({ fleet, pace }: Round, asked: Moment): Promise<Watch> {
  let before = asked.by;
  const what = 'the group listed no instance';
  return patiently({ fleet, pace, what }, async () => {
    const askedAt = fleet.now();
    const [instance] = await fleet.instances();
    if (instance === undefined) {
      before = askedAt;
      return undefined;
    }
    const none = { askedAt: before, answeredAt: before, stage: undefined };
    const watch: Watch = { id: instance.id, lifecycle: [none], machine: [none] };
    await lookAt(fleet, watch);
    return watch;
  });
}

/** From the asked capacity to a machine in service. */
function startOf(watch: Watch, asked: Moment): Figures {
  const listed = reached(watch, 'Pending');
  const runs = machineReached(watch, 'running');
  const completed = hookCompleted(watch);
  const inService = reached(watch, 'InService');
  const first = watch.lifecycle.find(({ stage }) => stage !== undefined)?.stage ?? 'not listed';
  const waited = wasSeen(watch, 'Pending:Wait');
  return {
    launchLag: between(asked, listed, 'the group listed no instance'),
    pendingToRunning:
      wasSeen(watch, 'Pending') && machineWasSeen(watch, 'pending')
        ? between(listed, runs, 'the machine was never seen to run')
        : new NotMeasured(`the machine ran and was ${first} when it was first seen`),
    boot: waited
      ? between(runs, completed, 'the launch hook was not completed')
      : new NotMeasured(`the instance, first seen ${first}, never waited for its launch hook`),
    proceed: waited
      ? between(completed, inService, 'the launch hook was not completed')
      : new NotMeasured(`the instance, first seen ${first}, never waited for its launch hook`),
  };
}

/** An agent asks within seconds, and its claim is in the log some seconds later. */
const CLAIM_WITHIN_MS = 120_000;

/** Undefined for an instance that ended instead. */
function hookCompleted(watch: Watch): Moment | undefined {
  const completed = wasSeen(watch, 'Pending:Proceed') || wasSeen(watch, 'InService');
  return completed ? reached(watch, 'Pending:Proceed') : undefined;
}

async function firstClaim(round: Round, watch: Watch): Promise<Figure> {
  const { fleet } = round;
  const pace = { ...round.pace, patienceMs: Math.min(round.pace.patienceMs, CLAIM_WITHIN_MS) };
  const at = await patiently({ fleet, pace, what: 'the agent asked for no task' }, async () =>
    fleet.firstClaimAt(watch.id),
  );
  const completed = wasSeen(watch, 'Pending:Wait') ? hookCompleted(watch) : undefined;
  return between(completed, exactly(at), 'the completion of the launch hook was not seen');
}

const END = { terminate, stop } as const satisfies Record<
  Ending,
  (round: Round, watch: Watch) => Promise<Figures>
>;

async function terminate(round: Round, watch: Watch): Promise<Figures> {
  const { fleet } = round;
  await fleet.terminate(watch.id, { decrement: true });
  const accepted = exactly(fleet.now());
  const left: Moment | NotMeasured = await patiently(
    { ...round, what: 'the instance did not leave the group' },
    async () => stageReached(fleet, watch, 'gone'),
  ).catch(asFigure);
  const stopped = machineReached(watch, 'shutting-down');
  const seen = machineWasSeen(watch, 'shutting-down');
  const unseen = new NotMeasured('the machine was never seen to shut down');
  return {
    terminate: seen ? between(accepted, stopped, unseen.message) : unseen,
    shutdown: left instanceof NotMeasured ? left : seen ? between(stopped, left, '') : unseen,
  };
}

async function stop(round: Round, watch: Watch): Promise<Figures> {
  const { fleet } = round;
  await fleet.stopMachine(watch.id);
  // EC2's answer to such a call says that the machine shuts down.
  const stopped = exactly(fleet.now());
  const noticed: Moment | NotMeasured = await patiently(
    { ...round, what: 'the group still counted the machine that had stopped' },
    async () => stageReached(fleet, watch, 'Terminating'),
  ).catch(asFigure);
  return {
    noticeLag: noticed instanceof NotMeasured ? noticed : between(stopped, noticed, ''),
  };
}

async function stageReached(
  fleet: ProbedFleet,
  watch: Watch,
  stage: LifecycleStage,
): Promise<Moment | undefined> {
  await lookAt(fleet, watch);
  return reached(watch, stage);
}

function between(from: Moment | undefined, to: Moment | undefined, otherwise: string): Figure {
  if (from === undefined || to === undefined) return new NotMeasured(otherwise);
  return secondsBetween(from, to);
}

/**
 * Takes the capacity back while the instance is in a stage of its launch.
 *
 * @returns whether the group then ended it before it was in service
 * @throws NotMeasured when the stage was missed
 */
export async function cancelRound(
  { fleet, pace }: Round,
  stage: 'Pending' | 'Pending:Wait',
): Promise<boolean> {
  await fleet.setDesiredCapacity(1);
  const watch = await firstSeen({ fleet, pace }, exactly(fleet.now()));
  const inStage = () => watch.lifecycle.at(-1)?.stage === stage;
  await patiently({ fleet, pace, what: `no instance was seen ${stage}` }, async () => {
    if (inStage()) return true;
    if (reached(watch, stage)) {
      const seen = watch.lifecycle.at(-1)?.stage ?? 'gone';
      throw new NotMeasured(`the instance was ${seen} when it was first seen not to be Pending`);
    }
    await lookAt(fleet, watch);
    return inStage() ? true : undefined;
  });
  await fleet.setDesiredCapacity(0);
  await lookAt(fleet, watch);
  const after = watch.lifecycle.at(-1)?.stage;
  if (!inStage() && after !== 'Terminating' && after !== 'gone') {
    throw new NotMeasured(`the instance was ${String(after)} before the capacity was taken back`);
  }
  return patiently(
    { fleet, pace, what: 'the instance neither ended nor came into service' },
    async () => {
      if (wasSeen(watch, 'InService')) return false;
      if (reached(watch, 'Terminating')) return true;
      await lookAt(fleet, watch);
      return undefined;
    },
  );
}

/** Ends whatever the group has left, and waits until it lists nothing. */
export async function drain({ fleet, pace }: Round): Promise<void> {
  await fleet.setDesiredCapacity(0);
  const asked = new Set<string>();
  await patiently({ fleet, pace, what: 'the group was not empty' }, async () => {
    const listed = await fleet.instances();
    if (listed.length === 0) return true;
    for (const { id, lifecycle } of listed) {
      if (!lifecycleIsPresent(lifecycle) || asked.has(id)) continue;
      // With decrement it would be refused: the capacity is at the group's minimum.
      const refused = await fleet.terminate(id, { decrement: false }).catch(asFigure);
      // A group may be busy with a launch; then the next round tries again.
      if (!(refused instanceof NotMeasured)) asked.add(id);
    }
    return undefined;
  });
}

function lifecycleIsPresent(lifecycle: string): boolean {
  return !lifecycle.startsWith('Terminat');
}
