import type { TaskSpec } from './task.ts';

/** Who waits for whom among the tasks of one world, as flat arrays: a trace may hold a million tasks. */
export interface TaskGraph {
  /** Tasks without predecessors, in order of their release. */
  readonly roots: Int32Array;
  /** How many predecessors of each task have not ended. The world counts it down. */
  readonly open: Int32Array;
  /** The successors of task t are `successors[first[t]]` to `successors[first[t + 1] - 1]`. */
  readonly first: Int32Array;
  readonly successors: Int32Array;
  /** Tasks that will never end: nobody can claim them or one before them, and nothing cancels them. */
  readonly hopeless: number;
}

/** @throws RangeError for a predecessor that does not exist, and for tasks that wait for each other */
export function taskGraph(tasks: readonly TaskSpec[]): TaskGraph {
  const count = tasks.length;
  const open = new Int32Array(count);
  const first = new Int32Array(count + 1);
  for (const [index, task] of tasks.entries()) {
    open[index] = task.after.length;
    for (const predecessor of task.after) {
      if (!Number.isInteger(predecessor) || predecessor < 0 || predecessor >= count) {
        throw new RangeError(
          `task ${JSON.stringify(task.id)} waits for task number ${predecessor}; ` +
            `allowed: whole numbers from 0 to ${count - 1}, the places of tasks in the same list`,
        );
      }
      first[predecessor + 1] = at(first, predecessor + 1) + 1;
    }
  }
  for (let index = 0; index < count; index += 1) {
    first[index + 1] = at(first, index + 1) + at(first, index);
  }
  const successors = new Int32Array(at(first, count));
  const next = first.slice(0, count);
  for (const [index, task] of tasks.entries()) {
    for (const predecessor of task.after) {
      const place = at(next, predecessor);
      successors[place] = index;
      next[predecessor] = place + 1;
    }
  }
  const roots = Int32Array.from(tasks.keys()).filter((index) => open[index] === 0);
  const releaseOf = (index: number) => tasks[index]?.releaseAt ?? 0;
  roots.sort((one, other) => releaseOf(one) - releaseOf(other) || one - other);
  const hopeless = walk(tasks, { roots, open, first, successors });
  return { roots, open, first, successors, hopeless };
}

/** Visits every task after its predecessors; counts those that can never end. */
function walk(tasks: readonly TaskSpec[], graph: Omit<TaskGraph, 'hopeless'>): number {
  const open = graph.open.slice();
  const stuck = new Uint8Array(tasks.length);
  const ready = Array.from(graph.roots);
  let visited = 0;
  let hopeless = 0;
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    visited += 1;
    const task = tasks[index];
    if (task?.unclaimable === true && task.cancelAfterMs === undefined) stuck[index] = 1;
    hopeless += at(stuck, index);
    for (let place = at(graph.first, index); place < at(graph.first, index + 1); place += 1) {
      const successor = at(graph.successors, place);
      if (stuck[index] === 1) stuck[successor] = 1;
      open[successor] = at(open, successor) - 1;
      if (open[successor] === 0) ready.push(successor);
    }
  }
  if (visited < tasks.length) {
    const waiting = tasks.find((_, index) => at(open, index) > 0);
    throw new RangeError(
      `task ${JSON.stringify(waiting?.id)} waits for itself through its predecessors; ` +
        `allowed: no circle of predecessors`,
    );
  }
  return hopeless;
}

function at(numbers: Int32Array | Uint8Array, index: number): number {
  return numbers[index] ?? 0;
}
