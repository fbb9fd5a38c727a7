/** The simulated world as the probe's account: what it does is known, so measuring it proves the probe. */
import type { ProbedFleet } from '../../probe/port.ts';
import { NotMeasured } from '../../probe/port.ts';
import type { Parameters } from '../../simulator/world/parameters.ts';
import { createWorld } from '../../simulator/world/world.ts';

const START = Date.UTC(2026, 0, 5);
const CLASS = 'probe/machine';
const GROUP = 'probe';
const TASKS = 100;
/** Longer than any lag of the world, since a call that can have nothing says so. */
const LAUNCH_WITHIN_MS = 120_000;
/** Lifecycle states in which an agent runs. */
const WORKS = new Set(['Pending:Proceed', 'InService']);

export interface WorldFleetOptions {
  readonly seed?: number;
  readonly parameters: Partial<Parameters>;
  /** Seconds until a machine that nobody ends stops by itself. */
  readonly lifeSeconds?: number;
  /** Seconds for which the group does not list what `LaunchInstances` has launched. Default 0. */
  readonly unlistedSeconds?: number;
  /** Why `LaunchInstances` is refused; it is not by default. */
  readonly launchRefused?: string;
}

export function worldFleet({
  seed = 1,
  parameters,
  lifeSeconds = 1800,
  unlistedSeconds = 0,
  launchRefused,
}: WorldFleetOptions): ProbedFleet {
  const world = createWorld({
    seed,
    startAt: START,
    // More tasks than machines, so that each has its first claim, and ends when its task does.
    tasks: Array.from({ length: TASKS }, (_, index) => ({
      id: `task-${index}`,
      resourceClass: CLASS,
      releaseAt: START,
      durationMs: 1000 * lifeSeconds,
      pipeline: `pipeline-${index}`,
      after: [],
    })),
    fleets: [
      {
        group: GROUP,
        resourceClass: CLASS,
        min: 0,
        max: 1,
        headroom: 0,
        idleTimeoutMs: 3_600_000,
        maxRunTimeMs: 3_600_000,
        spot: false,
        pricePerHour: 0,
      },
    ],
    // A machine's own end is to be one that its group is not told of.
    parameters: { finish: 'stop', exit: { min: 0, max: 0 }, ...parameters },
  });
  const stopped = new Set<string>();
  const claims = new Map<string, number>();
  const listed = () => world.groups()[0]?.instances ?? [];
  const listedFrom = new Map<string, number>();
  let unclaimed = TASKS;

  world.onEvent(({ kind }) => {
    if (kind !== 'instance-shutting-down') return;
    // One machine at a time, but for one that is replaced: the older one is the one that stops.
    const one = listed().find(({ id }) => !stopped.has(id));
    if (one !== undefined) stopped.add(one.id);
  });

  /** From event to event, so that each claim is known to the millisecond. */
  function advanceTo(at: number): void {
    for (
      let next = world.nextEventAt();
      next !== undefined && next <= at;
      next = world.nextEventAt()
    ) {
      world.advanceTo(next);
      noteClaim();
    }
    world.advanceTo(at);
  }

  function noteClaim(): void {
    const now = world.truth(CLASS).unclaimed;
    const one = listed().find(({ id, lifecycle }) => !claims.has(id) && WORKS.has(lifecycle));
    if (now < unclaimed && one !== undefined) claims.set(one.id, world.now());
    unclaimed = now;
  }

  return {
    now: () => world.now(),
    sleep: async (ms) => advanceTo(world.now() + ms),
    instances: async () =>
      listed()
        .filter(({ id }) => (listedFrom.get(id) ?? 0) <= world.now())
        .map(({ id, lifecycle }) => ({ id, lifecycle })),
    async machineState(id) {
      const one = listed().find((each) => each.id === id);
      if (one === undefined) return 'terminated';
      if (stopped.has(id)) return 'shutting-down';
      return one.lifecycle === 'Pending' ? 'pending' : 'running';
    },
    setDesiredCapacity: async (desired) => world.setDesiredCapacity(GROUP, desired),
    desiredCapacity: async () => world.groups()[0]?.desired ?? 0,
    zones: async () => ['us-east-1a'],
    async launchIn() {
      if (launchRefused !== undefined) throw new NotMeasured(launchRefused);
      // The world's group launches in the background; the call answers when it has.
      const before = new Set(listed().map(({ id }) => id));
      world.setDesiredCapacity(GROUP, before.size + 1);
      const giveUpAt = world.now() + LAUNCH_WITHIN_MS;
      for (;;) {
        const one = listed().find(({ id }) => !before.has(id));
        if (one !== undefined) {
          listedFrom.set(one.id, world.now() + 1000 * unlistedSeconds);
          return one.id;
        }
        const next = world.nextEventAt();
        if (next === undefined || next > giveUpAt) {
          world.setDesiredCapacity(GROUP, before.size);
          throw new NotMeasured('LaunchInstances launched nothing: InsufficientInstanceCapacity');
        }
        advanceTo(next);
      }
    },
    terminate: async (id, { decrement }) => world.terminateInstance(id, decrement),
    async stopMachine(id) {
      // The world's machine stops when its task ends; the world goes on until then.
      while (!stopped.has(id)) {
        const next = world.nextEventAt();
        if (next === undefined) throw new NotMeasured('nothing happens any more');
        world.advanceTo(next);
        noteClaim();
      }
    },
    firstClaimAt: async (id) => claims.get(id),
  };
}
