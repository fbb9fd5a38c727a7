/** The scaler of this project: its own invocation, look and policy, with and without events. */
import { InvocationError } from '../../../lambda/scaler/invocation.ts';
import type { Memories, Report } from '../../../lambda/scaler/look.ts';
import { countedInvocation, type Invocation } from '../../drive/counted.ts';
import { type DirectOptions, directScaler } from '../../drive/direct.ts';
import { WAKE_UP_LATENCY_MS, WAKING_EVENTS, wakeOnEvents } from '../../drive/wake-ups.ts';
import { MINUTE_MS, repeat } from '../../drive/repeat.ts';
import { REMEMBERED_LOOKS } from '../../drive/run.ts';
import type { World, WorldEventKind } from '../../world/world.ts';
import { SCALER_FUNCTION } from '../control-plane-cost.ts';
import type { Rule, Stage } from '../rule.ts';

interface Variant {
  /** Seconds between two looks while a fleet is busy; 60 is one look a minute. */
  readonly busySeconds: number;
  /**
   * Whether it keeps looking as long as tasks run, too: what ends may release what follows. Not what is
   * shipped. Default: no.
   */
  readonly whileRunning?: boolean;
  /** The events that lead to looks of their own. Default: none. */
  readonly events?: readonly WorldEventKind[];
  /**
   * Whether the looks that events lead to remember what the others saw, as in one container. While a
   * loop sleeps in it, an event starts a second one, which remembers nothing of the first: the truth
   * lies between. Default: yes.
   */
  readonly shared?: boolean;
  /** Which count is read first. Default: running, as shipped. */
  readonly first?: 'running' | 'unclaimed';
  /** Puts something between the scaler and the world. Default: nothing. */
  readonly between?: (world: World) => World;
  /** Makes what is remembered from look to look. Default: an empty map. */
  readonly remembering?: () => Memories;
  /** Hears of every look. Default: nobody. */
  readonly report?: Report;
}

const EVENT_NAMES: Readonly<Record<WorldEventKind, string>> = {
  'task-ended': 'task-events',
  'instance-shutting-down': 'shutdown-events',
  'instance-terminated': 'late-events',
  'launch-failed': 'failure-events',
};

export function ours(variant: Variant): Rule {
  const { busySeconds, events = [], first = 'running', report = SILENT } = variant;
  const shared = variant.shared ?? true;
  const parts = [
    `ours-${busySeconds}s`,
    ...(variant.whileRunning ? ['while-running'] : []),
    ...(events === WAKING_EVENTS ? ['events'] : events.map((event) => EVENT_NAMES[event])),
    ...(shared ? [] : ['apart']),
    ...(first === 'unclaimed' ? ['unclaimed-first'] : []),
  ];
  return {
    name: parts.join('-'),
    about: `this project, a look every ${busySeconds} s while ${
      variant.whileRunning ? 'tasks run or wait' : 'busy'
    }${
      events.length === 0 ? '' : `, and at each ${events.join(' and ')}`
    }${first === 'unclaimed' ? ', unclaimed read first' : ''}`,
    source: { what: 'lambda/scaler/policy.ts of this project', url: '' },
    settings: {
      'seconds between looks while busy': busySeconds,
      events: events.join(', ') || 'none',
      ...(events.length > 0 && {
        'seconds from event to look': WAKE_UP_LATENCY_MS / 1000,
        'memory of looks': shared ? 'one' : 'one for the schedule, one for events',
      }),
      'read first': first,
    },
    host: SCALER_FUNCTION,
    start(stage) {
      const { between = asItIs, remembering = nothingYet } = variant;
      const world = between(first === 'running' ? stage.world : unclaimedFirst(stage.world));
      const memories = remembering();
      const loop = { world, memories, report, busyIntervalSeconds: busySeconds };
      if (variant.whileRunning) onScheduleWhileRunning(stage, loop);
      else onSchedule(stage, loop);
      if (events.length > 0) {
        const own = shared ? memories : remembering();
        onEvents(stage, events, { world, memories: own, report });
      }
    },
  };
}

const SILENT: Report = { outcome: () => undefined, warning: () => undefined };

type Loop = Omit<DirectOptions, 'advance'>;

function asItIs(world: World): World {
  return world;
}

function nothingYet(): Memories {
  return new Map();
}

function onSchedule(stage: Stage, options: Loop): void {
  const { world } = options;
  const { scaler, calls } = directScaler({
    ...options,
    async advance(at) {
      usage.asleepMs += at - world.now();
      await stage.time.sleepUntil(at);
    },
  });
  const usage = stage.account(calls);
  repeat(stage, {
    usage,
    everyMs: MINUTE_MS,
    replay: REMEMBERED_LOOKS,
    turn: async () => invoked({ scaler, usage }),
  });
}

/** The shipped look in another loop, which goes on as long as any class has tasks or boots machines. */
function onScheduleWhileRunning(stage: Stage, options: Loop): void {
  let busy = false;
  const { scaler, calls } = directScaler({
    ...options,
    busyIntervalSeconds: 0,
    report: {
      warning: () => undefined,
      outcome(outcome) {
        options.report.outcome(outcome);
        const { fleet, demand } = outcome;
        const { unclaimed = 0, running = 0 } = demand ?? {};
        busy ||= unclaimed + running + fleet.pending.length > 0;
      },
    },
  });
  const usage = stage.account(calls);
  const everyMs = options.busyIntervalSeconds * 1000;
  repeat(stage, {
    usage,
    everyMs: MINUTE_MS,
    replay: REMEMBERED_LOOKS,
    async turn() {
      const begin = stage.world.now();
      const { invocations } = usage;
      let settled = false;
      for (let at = begin; ;) {
        busy = false;
        settled = await invoked({ scaler, usage });
        at += everyMs;
        if (!busy || at >= begin + MINUTE_MS) break;
        usage.asleepMs += everyMs;
        await stage.time.sleepUntil(at);
      }
      usage.invocations = invocations + 1;
      return settled && !busy;
    },
  });
}

function onEvents(
  { world, time, account }: Stage,
  events: readonly WorldEventKind[],
  options: Omit<Loop, 'busyIntervalSeconds'>,
): void {
  const { scaler, calls } = directScaler({ ...options, busyIntervalSeconds: 0 });
  const usage = account(calls);
  wakeOnEvents({
    world,
    time,
    events,
    async wake(about, kind) {
      if (kind === 'task-ended') usage.events += 1;
      await invoked({ scaler, usage, about });
    },
  });
}

/** A look that failed is what worlds with faults have; anything else is a mistake. */
async function invoked(invocation: Invocation): Promise<boolean> {
  try {
    return await countedInvocation(invocation);
  } catch (error) {
    if (!(error instanceof InvocationError)) throw error;
    return false;
  }
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
