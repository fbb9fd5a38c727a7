/**
 * The direct form of the twin: the scaler's own look and invocation with the ports implemented on the
 * world, without HTTP. A simulated day takes about a second.
 */
import { decodeFleetTags, TAG } from '../../lambda/scaler/contract.ts';
import { DemandSourceError } from '../../lambda/scaler/demand/source.ts';
import { type Fleet, FleetError, type Fleets } from '../../lambda/scaler/fleet/fleets.ts';
import { invoke } from '../../lambda/scaler/invocation.ts';
import { look, type LookPorts, type Report } from '../../lambda/scaler/look.ts';
import type { Scaler } from '../../lambda/scaler/scaler.ts';
import { WorldFault } from '../world/fault.ts';
import type { GroupState } from '../world/group-state.ts';
import type { World } from '../world/world.ts';
import { type CallCounter, callCounter } from './calls.ts';
import { type Advance, virtualClock } from './virtual-clock.ts';

export interface ScalerInWorld {
  readonly scaler: Scaler;
  /** Counted as they are made. */
  readonly calls: CallCounter;
  close(): Promise<void>;
}

export interface DirectOptions {
  readonly world: World;
  readonly report: Report;
  readonly busyIntervalSeconds: number;
  /** What was seen in looks before; shared by invocations of one container. Default: nothing yet. */
  readonly memories?: LookPorts['memories'];
  /** How the world goes on while the scaler waits. Default: by itself. */
  readonly advance?: Advance;
}

export function directScaler(options: DirectOptions): ScalerInWorld {
  const { world, report, busyIntervalSeconds } = options;
  const calls = callCounter();
  const never = new AbortController().signal;
  const clock = virtualClock(world, () => never, options.advance);
  const ports: LookPorts = {
    clock,
    report,
    memories: options.memories ?? new Map(),
    fleets: fleetsOf(world, calls),
    sources: {
      circleci: {
        currentDemand: async (resourceClass) => {
          calls.demandReads += 2;
          return refusedAs(demandError, () => {
            const running = world.readRunning(resourceClass);
            return { running, unclaimed: world.readUnclaimed(resourceClass) };
          });
        },
      },
    },
  };
  return {
    calls,
    scaler: async (remainingMs, about) =>
      invoke({
        about,
        look: async (options) => look(ports, options),
        clock,
        busyIntervalMs: busyIntervalSeconds * 1000,
        remainingMs,
      }),
    close: async () => undefined,
  };
}

function fleetsOf(world: World, calls: CallCounter): Fleets {
  return {
    discover: async () => {
      calls.describes += 1;
      return { fleets: world.groups().map(fleetOf), rejected: [], lookedFor: 'the twin' };
    },
    setDesiredCapacity: async (group, desired) => {
      calls.capacityWrites += 1;
      refusedAs(fleetError, () => {
        world.setDesiredCapacity(group, desired);
      });
    },
    suspend: async (group, processes) => {
      calls.other += 1;
      world.suspendProcesses(group, processes);
    },
    keepBreaker: async (group, state) => {
      calls.other += 1;
      world.setTag(group, TAG.breaker, state);
    },
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
  const { group, min, max, desired, suspended, instances } = state;
  const idsOf = (serves: (instance: GroupState['instances'][number]) => boolean) =>
    instances.filter(serves).map(({ id }) => id);
  return {
    ...decoded.tags,
    group,
    min,
    max,
    desired,
    suspended,
    pending: idsOf(({ lifecycle }) => lifecycle.startsWith('Pending')),
    inService: idsOf(({ lifecycle }) => lifecycle === 'InService'),
    done: idsOf((instance) => instance.lifecycle === 'InService' && !instance.protected),
    ending: idsOf(({ lifecycle }) => lifecycle.startsWith('Terminating')),
    breaker: state.tags[TAG.breaker],
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
  return new DemandSourceError(code === 'NotFound' ? 'not-found' : 'unavailable', message);
}

function fleetError({ code, message }: WorldFault): Error {
  const kinds = { Throttling: 'throttled', ResourceContention: 'contention' } as const;
  return new FleetError(Reflect.get(kinds, code) ?? 'refused', message);
}
