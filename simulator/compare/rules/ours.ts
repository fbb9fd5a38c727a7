/** The scaler of this project: its own invocation, look and policy, with and without events. */
import { InvocationError } from '../../../lambda/scaler/invocation.ts';
import type { Report } from '../../../lambda/scaler/look.ts';
import type { Scaler } from '../../../lambda/scaler/scaler.ts';
import { directScaler } from '../../drive/direct.ts';
import type { GroupEvent } from '../../world/group.ts';
import type { World } from '../../world/world.ts';
import type { Rule, Stage } from '../rule.ts';
import { MINUTE_MS, repeat } from '../schedule.ts';
import type { Usage } from '../usage.ts';

/** Seconds from an event to the look it leads to: EventBridge and the start of an invocation. */
const EVENT_LATENCY_SECONDS = 1.5;

interface Variant {
  /** Seconds between two looks while a fleet is busy; 60 is one look a minute. */
  readonly busySeconds: number;
  /** The event that leads to a look of its own. Default: none. */
  readonly event?: GroupEvent;
  /** Which count is read first. Default: running, as shipped. */
  readonly first?: 'running' | 'unclaimed';
}

const EVENT_NAMES: Partial<Record<GroupEvent, string>> = {
  'instance-shutting-down': 'events',
  'instance-terminated': 'late-events',
};

export function ours({ busySeconds, event, first = 'running' }: Variant): Rule {
  const parts = [
    `ours-${busySeconds}s`,
    ...(event === undefined ? [] : [EVENT_NAMES[event] ?? event]),
    ...(first === 'unclaimed' ? ['unclaimed-first'] : []),
  ];
  return {
    name: parts.join('-'),
    about: `this project, a look every ${busySeconds} s while busy${
      event === undefined ? '' : `, and at each ${event}`
    }${first === 'unclaimed' ? ', unclaimed read first' : ''}`,
    source: { what: 'lambda/scaler/policy.ts of this project', url: '' },
    settings: {
      'seconds between looks while busy': busySeconds,
      event: event ?? 'none',
      ...(event !== undefined && { 'seconds from event to look': EVENT_LATENCY_SECONDS }),
      'read first': first,
    },
    host: { kind: 'lambda', architecture: 'arm64', memoryMib: 256, lookSeconds: 0.4 },
    start(stage) {
      const world = first === 'running' ? stage.world : unclaimedFirst(stage.world);
      onSchedule(stage, world, busySeconds);
      if (event !== undefined) onEvent(stage, world, event);
    },
  };
}

const SILENT: Report = { outcome: () => undefined, warning: () => undefined };

function onSchedule(stage: Stage, world: World, busyIntervalSeconds: number): void {
  const { scaler, calls } = directScaler({
    world,
    report: SILENT,
    busyIntervalSeconds,
    async advance(at) {
      usage.asleepMs += at - world.now();
      await stage.time.sleepUntil(at);
    },
  });
  const usage = stage.account(calls);
  repeat(stage, {
    usage,
    everyMs: MINUTE_MS,
    turn: async () => (await invoked(scaler, usage)) === 1,
  });
}

function onEvent({ world: real, time, account }: Stage, world: World, event: GroupEvent): void {
  const { scaler, calls } = directScaler({ world, report: SILENT, busyIntervalSeconds: 0 });
  const usage = account(calls);
  real.onEvent(({ kind, at }) => {
    if (kind !== event) return;
    time.start(async () => {
      await time.sleepUntil(at + EVENT_LATENCY_SECONDS * 1000);
      await invoked(scaler, usage);
    });
  });
}

/** @returns the number of looks; every look describes the groups once */
async function invoked(scaler: Scaler, usage: Usage): Promise<number> {
  const { describes } = usage.calls;
  usage.invocations += 1;
  await scaler(MINUTE_MS).catch((error: unknown) => {
    if (!(error instanceof InvocationError)) throw error;
  });
  const looks = usage.calls.describes - describes;
  usage.looks += looks;
  return looks;
}

/** The same world, in which the unclaimed count is read first whatever the scaler asks for first. */
function unclaimedFirst(world: World): World {
  const read = new Map<string, number>();
  const turned: World = Object.create(world);
  turned.readRunning = (resourceClass) => {
    read.set(resourceClass, world.readUnclaimed(resourceClass));
    return world.readRunning(resourceClass);
  };
  turned.readUnclaimed = (resourceClass) => {
    const unclaimed = read.get(resourceClass);
    read.delete(resourceClass);
    return unclaimed ?? world.readUnclaimed(resourceClass);
  };
  return turned;
}
