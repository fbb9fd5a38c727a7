/** What a controller can ask of one resource class and its group, with every call counted. */
import { WorldFault } from '../world/fault.ts';
import type { FleetSpec } from '../world/fleet-spec.ts';
import type { World } from '../world/world.ts';
import type { Usage } from '../drive/usage.ts';

interface GroupView {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly inService: number;
  /** Pending or InService, in any of their wait states. */
  readonly present: number;
}

export interface Access {
  readUnclaimed(): number;
  readRunning(): number;
  describe(): GroupView;
  setDesired(desired: number): void;
}

export function accessTo(world: World, fleet: FleetSpec, { calls }: Usage): Access {
  return {
    readUnclaimed() {
      calls.demandReads += 1;
      return world.readUnclaimed(fleet.resourceClass);
    },
    readRunning() {
      calls.demandReads += 1;
      return world.readRunning(fleet.resourceClass);
    },
    describe() {
      calls.describes += 1;
      const state = world.groups().find(({ group }) => group === fleet.group);
      if (state === undefined) throw new WorldFault('ValidationError', `no group ${fleet.group}`);
      const count = (is: (lifecycle: string) => boolean) =>
        state.instances.filter(({ lifecycle }) => is(lifecycle)).length;
      return {
        min: state.min,
        max: state.max,
        desired: state.desired,
        inService: count((lifecycle) => lifecycle === 'InService'),
        present: count((lifecycle) => lifecycle !== 'Terminating'),
      };
    },
    setDesired(desired) {
      calls.capacityWrites += 1;
      world.setDesiredCapacity(fleet.group, desired);
    },
  };
}

/** Runs a look of a controller that leaves everything as it is when a call fails. */
export function heldOnFault<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof WorldFault) return undefined;
    throw error;
  }
}
