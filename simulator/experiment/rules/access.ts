/** What a controller can ask of one resource class and its group, with every call counted and timed. */
import { type Pace, callsIn, triedBySdk } from '../../drive/called.ts';
import type { Usage } from '../../drive/usage.ts';
import type { Counts } from '../../world/class-queue.ts';
import { WorldFault } from '../../world/fault.ts';
import type { FleetSpec } from '../../world/fleet-spec.ts';
import type { World } from '../../world/world.ts';

interface GroupView {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** Ids of the instances in service. */
  readonly inService: readonly string[];
}

export interface Access {
  readUnclaimed(): Promise<number>;
  readRunning(): Promise<number>;
  /** Both counts in one answer, from a CI system that has such a call. */
  readCounts(): Promise<Counts>;
  /** Ids of the instances whose agent is in the list of runners. */
  readRunners(): Promise<ReadonlySet<string>>;
  describe(): Promise<GroupView>;
  setDesired(desired: number): Promise<void>;
  /** Writes the bounds with it, as `UpdateAutoScalingGroup` does: what an operator set is undone. */
  update(bounds: { readonly min: number; readonly max: number }, desired: number): Promise<void>;
}

export interface Controller {
  readonly world: World;
  readonly pace: Pace;
  readonly fleet: FleetSpec;
  readonly usage: Usage;
}

export function accessTo({ world, pace, fleet, usage }: Controller): Access {
  const { calls } = usage;
  const { group: name, resourceClass } = fleet;
  const called = callsIn(world, pace);
  const write = (desired: number) => {
    calls.capacityWrites += 1;
    world.setDesiredCapacity(name, desired);
  };
  return {
    async readUnclaimed() {
      calls.demandReads += 1;
      return called('unclaimed', () => world.readUnclaimed(resourceClass));
    },
    async readRunning() {
      calls.demandReads += 1;
      return called('running', () => world.readRunning(resourceClass));
    },
    async readCounts() {
      calls.demandReads += 1;
      return called('counts', () => world.readCounts(resourceClass));
    },
    async readRunners() {
      calls.other += 1;
      return called('runners', () => world.readRunners(resourceClass));
    },
    async describe() {
      calls.describes += 1;
      return called('describe', () => {
        const state = world.groups().find(({ group }) => group === name);
        if (state === undefined) throw new WorldFault('ValidationError', `no group ${name}`);
        const { min, max, desired, instances } = state;
        const inService = instances.filter(({ lifecycle }) => lifecycle === 'InService');
        return { min, max, desired, inService: inService.map(({ id }) => id) };
      });
    },
    async setDesired(desired) {
      await called('write', () => triedBySdk(() => write(desired)));
    },
    async update({ min, max }, desired) {
      await called('write', () =>
        triedBySdk(() => {
          world.setBounds(name, min, max);
          write(desired);
        }),
      );
    },
  };
}

/** Runs a pass of a controller that leaves everything as it is when a call fails. */
export async function heldOnFault<T>(pass: () => Promise<T>): Promise<T | undefined> {
  try {
    return await pass();
  } catch (error) {
    if (error instanceof WorldFault) return undefined;
    throw error;
  }
}
