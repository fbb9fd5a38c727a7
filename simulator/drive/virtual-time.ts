/**
 * Several controllers in one world: each is an asynchronous process that sleeps until a moment of
 * virtual time. Time goes on only while all of them sleep, so that nothing depends on real time.
 */
import type { World } from '../world/world.ts';

export interface VirtualTime {
  /** Starts a process. Virtual time stands still while it waits for anything but `sleepUntil`. */
  start(process: () => Promise<void>): void;
  /** Resolves at a moment, in milliseconds since the epoch; at once in order when it has passed. */
  sleepUntil(at: number): Promise<void>;
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
  let awake = 0;
  let failure: { readonly error: unknown } | undefined;
  let allAsleep: (() => void) | undefined;

  function rest(): void {
    awake -= 1;
    if (awake === 0) allAsleep?.();
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
    start(process) {
      awake += 1;
      process()
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(rest);
    },
    sleepUntil: (at) =>
      new Promise((resolve) => {
        order += 1;
        sleepers.push({ at, order, wake: resolve });
        rest();
      }),
    onChange: (act) => watchers.push(act),
    async run(endAt, signal) {
      watch();
      for (;;) {
        if (awake > 0) {
          await new Promise<void>((resolve) => {
            allAsleep = resolve;
          });
        }
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
          awake += 1;
          sleeper.wake();
        }
      }
    },
  };
}

function isBefore(one: Sleeper, other: Sleeper): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
