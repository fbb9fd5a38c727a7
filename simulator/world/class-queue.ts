/** The tasks of one resource class that wait or run, and what CircleCI would have said of them when. */

export interface Counts {
  readonly unclaimed: number;
  readonly running: number;
}

export interface ClassQueue {
  /** Tasks that wait, those nobody can claim among them. */
  unclaimed: number;
  /** Tasks that wait and that a runner can claim. */
  claimable: number;
  running: number;
  /** Waiting tasks that CircleCI's count leaves out. */
  hidden: number;
  /** Waiting tasks in order of their release. Those cancelled meanwhile are still in it. */
  readonly line: number[];
  /** Place in `line` of the first task that may still wait. */
  head: number;
  /** Every claim, in order; -1 for one that was undone. */
  readonly claims: number[];
  /** How far back the counts are remembered, in milliseconds. */
  readonly memoryMs: number;
  readonly past: Past[];
  /** Place in `past` of the oldest counts that can still be asked for. */
  oldest: number;
}

interface Past extends Counts {
  readonly at: number;
}

/** Dead places at the head of an array are dropped when there are this many. */
const COMPACT_AT = 4096;

export function createClassQueue(memoryMs: number): ClassQueue {
  return {
    unclaimed: 0,
    claimable: 0,
    running: 0,
    hidden: 0,
    line: [],
    head: 0,
    claims: [],
    memoryMs,
    past: [],
    oldest: 0,
  };
}

/** Takes the first waiting task for which `waits` holds. */
export function takeFirst(queue: ClassQueue, waits: (task: number) => boolean): number | undefined {
  while (queue.head < queue.line.length) {
    const task = queue.line[queue.head];
    queue.head += 1;
    if (queue.head > COMPACT_AT) {
      queue.line.splice(0, queue.head);
      queue.head = 0;
    }
    if (task !== undefined && waits(task)) return task;
  }
  return undefined;
}

/** Remembers the counts as they are from now on. */
export function remember(queue: ClassQueue, now: number): void {
  if (queue.memoryMs === 0) return;
  const counts = { at: now, ...seen(queue) };
  const last = queue.past.length - 1;
  if (queue.past[last]?.at === now) queue.past[last] = counts;
  else queue.past.push(counts);
  for (
    let next = queue.past[queue.oldest + 1];
    next !== undefined && next.at <= now - queue.memoryMs;
    next = queue.past[queue.oldest + 1]
  ) {
    queue.oldest += 1;
  }
  if (queue.oldest > COMPACT_AT) {
    queue.past.splice(0, queue.oldest);
    queue.oldest = 0;
  }
}

/** The counts as they were at a moment, as far back as they are remembered; nothing before the first. */
export function countsAt(queue: ClassQueue, at: number): Counts {
  if (queue.memoryMs === 0) return seen(queue);
  for (let place = queue.past.length - 1; place >= queue.oldest; place -= 1) {
    const past = queue.past[place];
    if (past !== undefined && past.at <= at) return past;
  }
  return { unclaimed: 0, running: 0 };
}

function seen(queue: ClassQueue): Counts {
  return { unclaimed: queue.unclaimed - queue.hidden, running: queue.running };
}
