/** Virtual time: what happens next, and nothing in between. */

export interface Agenda {
  /** Milliseconds since the epoch, in virtual time. */
  now(): number;
  /** Does `act` at `at`, or now if that has passed. What is planned for one instant keeps its order. */
  plan(at: number, act: () => void): void;
  /** When the next plan is due; undefined when nothing is planned. */
  nextAt(): number | undefined;
  /** Does everything that is due until `at`, and then it is `at`. Going back does nothing. */
  advanceTo(at: number): void;
}

interface Plan {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

/** A binary heap, ordered by time and then by the order of planning. */
export function createAgenda(startAt: number): Agenda {
  const heap: Plan[] = [];
  let now = startAt;
  let order = 0;

  return {
    now: () => now,
    plan(at, act) {
      order += 1;
      push(heap, { at: Math.max(at, now), order, act });
    },
    nextAt: () => heap[0]?.at,
    advanceTo(at) {
      for (let next = heap[0]; next !== undefined && next.at <= at; next = heap[0]) {
        pop(heap);
        now = next.at;
        next.act();
      }
      now = Math.max(now, at);
    },
  };
}

function before(one: Plan, other: Plan): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function push(heap: Plan[], plan: Plan): void {
  let at = heap.length;
  heap.push(plan);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || before(parent, plan)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = plan;
}

/** Removes the first plan. */
function pop(heap: Plan[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    const left = heap[below];
    const right = heap[below + 1];
    let child = left;
    if (left !== undefined && right !== undefined && before(right, left)) {
      child = right;
      below += 1;
    }
    if (child === undefined || before(last, child)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
}
