/**
 * Several controllers in one world: each is an asynchronous process that sleeps until a moment of
 * virtual time, and may do so in several branches at once. Time goes on only while all of them sleep, so
 * that nothing depends on real time.
 */
import type { World } from '../world/world.ts';

export interface VirtualTime {
  /**
   * Starts a process. Virtual time stands still until all it does is sleep, however many promises it
   * takes; what it waits for that is not one of its promises, a socket or a timer, belongs in `during`.
   */
  start(process: () => Promise<void>): void;
  /** Resolves at a moment, in milliseconds since the epoch; at once in order when it has passed. */
  sleepUntil(at: number): Promise<void>;
  /** Virtual time stands still until the work is done; it must not sleep. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Calls back whenever something happened in the world, before time goes on. */
  onChange(act: () => void): void;
  /**
   * Lets time go on until the world is finished, until `endAt`, or until the signal.
   *
   * @throws whatever a process threw
   */
  run(endAt: number, signal?: AbortSignal): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

export function createVirtualTime(world: World): VirtualTime {
  const sleepers: Sleeper[] = [];
  const watchers: (() => void)[] = [];
  let order = 0;
  let stirred = false;
  let working = 0;
  let failure: { readonly error: unknown } | undefined;
  let workDone: (() => void) | undefined;

  /** Until every process sleeps. */
  async function rest(): Promise<void> {
    while (stirred) {
      stirred = false;
      await allPromises();
      if (working === 0) continue;
      await new Promise<void>((resolve) => {
        workDone = resolve;
      });
      stirred = true;
    }
  }

  function first(): Sleeper | undefined {
    let found: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (found === undefined || isBefore(sleeper, found)) found = sleeper;
    }
    return found;
  }

  function watch(): void {
    if (watchers.length === 0) return;
    let { version } = world;
    for (const act of watchers) act();
    // What the watchers asked for may happen at this very moment, and concern them again.
    while (world.version !== version) {
      ({ version } = world);
      world.advanceTo(world.now());
      for (const act of watchers) act();
    }
  }

  return {
    start(act) {
      stirred = true;
      act().catch((error: unknown) => {
        failure ??= { error };
      });
    },
    sleepUntil: (at) =>
      new Promise((resolve) => {
        order += 1;
        sleepers.push({ at, order, wake: resolve });
      }),
    async during(work) {
      working += 1;
      try {
        return await work();
      } finally {
        working -= 1;
        if (working === 0) workDone?.();
      }
    },
    onChange: (act) => watchers.push(act),
    async run(endAt, signal) {
      watch();
      for (;;) {
        if (stirred) await rest();
        if (failure !== undefined) throw failure.error;
        const sleeper = first();
        const eventAt = world.nextEventAt() ?? Number.POSITIVE_INFINITY;
        const at = Math.min(eventAt, sleeper?.at ?? Number.POSITIVE_INFINITY);
        if (world.finished || at > endAt || signal?.aborted) return;
        world.advanceTo(at);
        // An event can wake somebody earlier than the sleeper that was first before it.
        if (eventAt <= at) watch();
        else if (sleeper !== undefined) {
          sleepers.splice(sleepers.indexOf(sleeper), 1);
          stirred = true;
          sleeper.wake();
        }
      }
    },
  };
}

/** Node.js runs what is planned for its next tick only when no promise has anything left to do. */
async function allPromises(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

function isBefore(one: Sleeper, other: Sleeper): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
