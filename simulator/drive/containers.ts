/** The containers in which Lambda runs a function. Each keeps what it remembers to itself. */
import type { World } from '../world/world.ts';

export interface Containers<T> {
  /** Runs an invocation in a free container, or in a new one when all are busy. */
  run<R>(invocation: (held: T) => Promise<R>): Promise<R>;
  /** After so many invocations one after the other it is the first one's turn again. */
  readonly cycle: number;
  /** Invocations like the last two were left out, for so many milliseconds. */
  leftOut(ms: number): void;
}

interface Container<T> {
  readonly held: T;
  /** Whether it is always there. */
  readonly kept: boolean;
  busy: boolean;
  /** When it was last used, in milliseconds since the epoch, and its place in the order of uses. */
  usedAt: number;
  order: number;
}

/** What was used by the invocations of the last two minutes. */
const RECENT_MS = 130_000;

/** @param make makes what a new container holds */
export function createContainers<T>(world: World, make: () => T): Containers<T> {
  const { containers: kept, containerIdle, routing } = world.parameters;
  const luck = world.luck('routing');
  let uses = 0;
  let all: Container<T>[] = [];
  for (let place = 0; place < kept; place += 1) all.push(made(true));

  function made(isKept: boolean): Container<T> {
    return { held: make(), kept: isKept, busy: false, usedAt: world.now(), order: 0 };
  }

  function choose(): Container<T> {
    const now = world.now();
    all = all.filter((each) => each.kept || each.busy || now - each.usedAt <= 1000 * containerIdle);
    const free = all.filter(({ busy }) => !busy);
    const inOrder = free.toSorted((one, other) => one.order - other.order);
    const chosen = {
      'most-recent': inOrder.at(-1),
      'round-robin': inOrder[0],
      random: free[Math.floor(luck(now) * free.length)],
    }[routing];
    if (chosen !== undefined) return chosen;
    const further = made(false);
    all.push(further);
    return further;
  }

  return {
    get cycle() {
      return routing === 'round-robin' ? all.length : 1;
    },
    async run(invocation) {
      const container = choose();
      uses += 1;
      container.order = uses;
      container.busy = true;
      try {
        return await invocation(container.held);
      } finally {
        container.busy = false;
        container.usedAt = world.now();
      }
    },
    leftOut(ms) {
      for (const container of all) {
        if (container.usedAt >= world.now() - RECENT_MS) container.usedAt += ms;
      }
    },
  };
}
