/** The smallest worlds that show one behaviour: nothing is left to chance unless a test asks for it. */
import type { FleetSpec } from '../../../simulator/world/fleet-spec.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import type { Spread } from '../../../simulator/world/random.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';
import { type World, type WorldOptions, createWorld } from '../../../simulator/world/world.ts';

export const CLASS = 'acme/linux';
export const GROUP = 'linux';
export const SECOND = 1000;

/** Always as long, in seconds. */
export function exactly(seconds: number): Spread {
  return { min: seconds, max: seconds };
}

/**
 * Every lag a different round number, so that a sum tells what it is made of. From a raised desired
 * capacity to the claim: 1 + 5 + 50 + 2 = 58 s; from a task's end to the terminate call: 4 s.
 */
export const SURE = {
  launchLag: exactly(1),
  pendingToRunning: exactly(5),
  boot: exactly(50),
  proceed: exactly(0),
  firstClaim: exactly(2),
  pollPause: 5,
  exit: exactly(4),
  tell: exactly(1),
  terminate: exactly(1),
  shutdown: exactly(30),
  noticeLag: exactly(70),
  releaseLag: exactly(0),
  report: exactly(0),
  callTime: exactly(0),
  schedulePhase: exactly(0),
  eventLag: exactly(1.5),
} satisfies Partial<Parameters>;

export function fleet(differences: Partial<FleetSpec> = {}): FleetSpec {
  return {
    group: GROUP,
    resourceClass: CLASS,
    min: 0,
    max: 10,
    headroom: 0,
    idleTimeoutMs: 300 * SECOND,
    maxRunTimeMs: 3600 * SECOND,
    spot: false,
    pricePerHour: 1,
    ...differences,
  };
}

let tasks = 0;

/** A task of 100 s that is there from the start. */
export function task(differences: Partial<TaskSpec> = {}): TaskSpec {
  tasks += 1;
  return {
    id: `task-${tasks}`,
    resourceClass: CLASS,
    pipeline: 'build-1',
    releaseAt: 0,
    durationMs: 100 * SECOND,
    after: [],
    ...differences,
  };
}

/** A world of one fleet at second 0, with sure parameters unless others are given. */
export function tinyWorld(
  differences: Partial<WorldOptions> & { readonly fleet?: Partial<FleetSpec> } = {},
): World {
  const { fleet: fleetDifferences, ...options } = differences;
  return createWorld({
    seed: 1,
    startAt: 0,
    fleets: [fleet(fleetDifferences)],
    tasks: [],
    ...options,
    parameters: { ...SURE, ...options.parameters },
  });
}

/** The same world after so many seconds. */
export function at(world: World, seconds: number): World {
  world.advanceTo(seconds * SECOND);
  return world;
}

/** The lifecycle states of the first group's instances, in order of launch. */
export function lifecycles(world: World): string[] {
  return world.groups()[0]?.instances.map(({ lifecycle }) => lifecycle) ?? [];
}

export function desired(world: World): number | undefined {
  return world.groups()[0]?.desired;
}

export function totals(world: World) {
  const first = world.record()[0];
  if (first === undefined) throw new Error('the world has no fleet');
  return { ...first.totals, waits: first.waits };
}

/** When something first becomes true, in seconds; looks at each event of the world. */
export function when(world: World, holds: (world: World) => boolean): number | undefined {
  const horizon = 86_400 * SECOND;
  while (!holds(world)) {
    const next = world.nextEventAt();
    if (next === undefined || next > horizon) return undefined;
    world.advanceTo(next);
  }
  return world.now() / SECOND;
}

/** The plainest rule that ends nothing: at every interval, ask for what is needed or present. */
export function drive(
  world: World,
  { every = 60, until = 86_400 }: { readonly every?: number; readonly until?: number } = {},
): World {
  for (let now = world.now() / SECOND; now <= until && !world.finished; now += every) {
    at(world, now);
    for (const { group, tags, min, max, desired: current, instances } of world.groups()) {
      const resourceClass = tags['runner-scaler:resource-class'] ?? '';
      const demand = world.readRunning(resourceClass) + world.readUnclaimed(resourceClass);
      const present = instances.filter(({ lifecycle }) => lifecycle !== 'Terminating').length;
      const next = Math.min(max, Math.max(demand, min, present));
      if (next !== current) world.setDesiredCapacity(group, next);
    }
  }
  return world;
}
