/**
 * The direct form of the simulator: the scaler's own pass and invocation with the ports implemented on the
 * world, without HTTP. A simulated day takes about a second.
 */
import {
  type Activity,
  ATTEMPTS,
  type Budget,
  type CallRate,
  callRate,
  CIRCLECI_CLASSES_AT_ONCE,
  type Demand,
  DemandSourceError,
  type Fleet,
  FleetError,
  type FleetQueue,
  type Fleets,
  type PassQueue,
  type Report,
  type Scaler,
  scalerOf,
} from '../../lambda/scaler/composition.ts';
import { decodeFleetTags, TAG } from '../../lambda/scaler/contract.ts';
import { WorldFault } from '../world/fault.ts';
import type { ActivityState } from '../world/activities.ts';
import type { GroupState } from '../world/group-state.ts';
import type { World } from '../world/world.ts';
import { type Called, type Pace, callsIn, timedFleets, timedPasses, triedBySdk } from './called.ts';
import { logged, type LogReader } from './logged.ts';
import type { Usage } from './usage.ts';
import { virtualClock } from './virtual-clock.ts';

export interface ScalerInWorld {
  /** Makes the scaler of a new container, which remembers nothing yet and sends its passes to the queue. */
  readonly newScaler: (queue: PassQueue) => Scaler;
  /** From one of its passes to the next. */
  readonly passIntervalSeconds: number;
  close(): Promise<void>;
}

export interface DirectOptions {
  readonly world: World;
  readonly pace: Pace;
  /** In which its passes, calls and waits are counted. */
  readonly usage: Usage;
  readonly report: Report;
  /** From one pass to the next; 60 means the schedule's only. */
  readonly passIntervalSeconds: number;
  /** Calls a second that CircleCI takes from all containers; 0, the default, means any number. */
  readonly callsPerSecond?: number;
  /** Reads the lines of the function's log. Default: nobody does. */
  readonly readLog?: LogReader;
}

export function directScaler(options: DirectOptions): ScalerInWorld {
  const { world, pace, usage, report, passIntervalSeconds } = options;
  const never = new AbortController().signal;
  const clock = virtualClock(world, pace, () => never);
  const called = callsIn(world, pace);
  const fleets = timedFleets(fleetsOf(world, usage), called, usage);
  const { callsPerSecond = 0 } = options;
  return {
    passIntervalSeconds,
    newScaler(queue) {
      const rate = callsPerSecond === 0 ? undefined : callRate(clock, callsPerSecond);
      const source = {
        classesAtOnce: CIRCLECI_CLASSES_AT_ONCE,
        currentDemand: demandReader({ world, pace, usage, called, rate }),
        ...(rate && { classesWithin: (ms: number) => Math.floor(rate.callsWithin(ms) / 2) }),
      };
      const sources = { circleci: source, github: source, gitlab: source };
      const ports = { clock, report: logged(report, usage, options.readLog), fleets, sources };
      return scalerOf(ports, {
        intervalMs: passIntervalSeconds * 1000,
        queue: timedPasses(queue, called, usage),
      });
    },
    close: async () => undefined,
  };
}

interface Reading {
  readonly world: World;
  readonly pace: Pace;
  readonly usage: Usage;
  readonly called: Called;
  readonly rate: CallRate | undefined;
}

/** Pause after a failed attempt at the source, doubled each time: the mean of what the product draws. */
const BACKOFF_MS = 150;

/** Two calls, one after the other, each tried again as the product's source does. */
function demandReader({ world, pace, usage, called, rate }: Reading) {
  const read = async (
    count: 'running' | 'unclaimed',
    { resourceClass, budget }: { readonly resourceClass: string; readonly budget: Budget },
  ): Promise<number> => {
    for (let attempt = 1; ; attempt += 1) {
      await rate?.turn(budget, count === 'running' && attempt === 1 ? 'new' : 'begun');
      usage.calls.demandReads += 1;
      try {
        return await called(count, () =>
          count === 'running'
            ? world.readRunning(resourceClass)
            : world.readUnclaimed(resourceClass),
        );
      } catch (error) {
        if (!(error instanceof WorldFault)) throw error;
        if (error.code !== 'ServiceUnavailable' || attempt === ATTEMPTS) throw demandError(error);
        await pace.sleepUntil(world.now() + BACKOFF_MS * 2 ** (attempt - 1));
      }
    }
  };
  return async ({ resourceClass }: FleetQueue, budget: Budget): Promise<Demand> => {
    const running = await read('running', { resourceClass, budget });
    return { running, unclaimed: await read('unclaimed', { resourceClass, budget }) };
  };
}

function fleetsOf(world: World, { calls }: Usage): Fleets {
  return {
    discover: async () => {
      calls.describes += 1;
      return { fleets: world.groups().map(fleetOf), rejected: [], lookedFor: 'the simulator' };
    },
    describe: async (groups) => {
      calls.describes += 1;
      const named = new Set(groups);
      return world.groups().flatMap((state) => (named.has(state.group) ? [fleetOf(state)] : []));
    },
    setDesiredCapacity: async (group, desired) => {
      refusedAs(fleetError, () =>
        triedBySdk(() => {
          calls.capacityWrites += 1;
          world.setDesiredCapacity(group, desired);
        }),
      );
    },
    suspend: async (group, processes) => {
      calls.other += 1;
      world.suspendProcesses(group, processes);
    },
    resume: async (group, processes) => {
      calls.other += 1;
      world.resumeProcesses(group, processes);
    },
    keep: async (group, { holdBack, lastUsed }) => {
      calls.other += 1;
      if (holdBack !== undefined) world.setTag(group, TAG.holdBack, holdBack);
      if (lastUsed !== undefined) world.setTag(group, TAG.lastUsed, lastUsed);
    },
    activities: async (group, from) => {
      calls.describes += 1;
      const all = world.activities(group);
      const begin = Number(from ?? 0);
      const next = begin + PAGE < all.length ? String(begin + PAGE) : undefined;
      return { activities: all.slice(begin, begin + PAGE).map(activityOf), next };
    },
  };
}

/** Activities on one page, as the adapter asks for them. */
const PAGE = 100;

function activityOf({
  description,
  status,
  sentence,
  startedAt,
  endedAt,
}: ActivityState): Activity {
  return {
    kind: description.startsWith('Launching') ? 'launch' : 'end',
    status,
    sentence: sentence ?? '',
    instanceId: /: (i-[0-9a-f]+)$/.exec(description)?.[1],
    startedAt,
    endedAt,
  };
}

/** The world describes a group that did not change by the same object, and so do we. */
const FLEETS = new WeakMap<GroupState, Fleet>();

function fleetOf(state: GroupState): Fleet {
  const known = FLEETS.get(state);
  if (known !== undefined) return known;
  const fleet = readFleet(state);
  FLEETS.set(state, fleet);
  return fleet;
}

function readFleet(state: GroupState): Fleet {
  const decoded = decodeFleetTags(new Map(Object.entries(state.tags)));
  if (!decoded.ok) throw new Error(decoded.problems.join('; '));
  const { group, min, max, desired, suspended, suspendedBecause, instances } = state;
  const idsOf = (serves: (instance: GroupState['instances'][number]) => boolean) =>
    instances.filter(serves).map(({ id }) => id);
  return {
    ...decoded.tags,
    group,
    min,
    max,
    desired,
    suspended,
    ...(suspendedBecause && { suspendedBecause }),
    pending: idsOf(({ lifecycle }) => lifecycle.startsWith('Pending')),
    proceeding: idsOf(({ lifecycle }) => lifecycle === 'Pending:Proceed'),
    inService: idsOf(({ lifecycle }) => lifecycle === 'InService'),
    done: idsOf((instance) => instance.lifecycle === 'InService' && !instance.protected),
    ending: idsOf(({ lifecycle }) => lifecycle.startsWith('Terminating')),
    hold: state.tags[TAG.hold],
    holdBack: state.tags[TAG.holdBack],
    lastUsed: state.tags[TAG.lastUsed],
    template: state.template,
  };
}

function refusedAs<T>(translate: (fault: WorldFault) => Error, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof WorldFault ? translate(error) : error;
  }
}

function demandError({ code, message }: WorldFault): Error {
  const kinds = { NotFound: 'not-found', Unauthorized: 'unauthorized' } as const;
  return new DemandSourceError(Reflect.get(kinds, code) ?? 'unavailable', message);
}

function fleetError({ code, message }: WorldFault): Error {
  const kinds = { Throttling: 'throttled', ResourceContention: 'contention' } as const;
  return new FleetError(Reflect.get(kinds, code) ?? 'refused', message);
}
