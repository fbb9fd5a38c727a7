/** Keeps what one pass reads, so that all its classes share it. */
import type { Budget } from '../../clock.ts';
import type { FleetQueue } from '../source.ts';

export interface PerPass<T> {
  announce(queues: readonly FleetQueue[], budget: Budget): void;
  /** What is read of the class in this pass; with the first of them all that were announced are read. */
  of(queue: FleetQueue, budget: Budget): Promise<T>;
}

/** Reads several classes at once, each with its own answer or failure. */
export type ReadTogether<T> = (
  queues: readonly FleetQueue[],
  budget: Budget,
) => ReadonlyMap<FleetQueue, Promise<T>>;

interface Pass<T> {
  readonly announced: FleetQueue[];
  readonly found: Map<string, Promise<T>>;
}

/** All classes of a pass are given the same budget, and none of another pass is. */
export function perPass<T>(read: ReadTogether<T>): PerPass<T> {
  const passes = new WeakMap<Budget, Pass<T>>();
  const passOf = (budget: Budget): Pass<T> => {
    const pass = passes.get(budget) ?? { announced: [], found: new Map() };
    passes.set(budget, pass);
    return pass;
  };

  return {
    announce: (queues, budget) => void passOf(budget).announced.push(...queues),
    async of(queue, budget) {
      const { announced, found } = passOf(budget);
      const known = found.get(queue.resourceClass);
      if (known !== undefined) return known;
      const others = announced.filter(
        ({ resourceClass }) => resourceClass !== queue.resourceClass && !found.has(resourceClass),
      );
      for (const [{ resourceClass }, answer] of read([queue, ...others], budget)) {
        // A class that was announced and is not asked for has nobody to hear of its failure.
        answer.catch(() => undefined);
        found.set(resourceClass, answer);
      }
      const own = found.get(queue.resourceClass);
      if (own === undefined) throw new Error(`${queue.resourceClass} was not read`);
      return own;
    },
  };
}
