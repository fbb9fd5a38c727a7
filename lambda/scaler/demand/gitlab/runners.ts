/** Reads the runners of several classes by as few requests as GitLab's limit of complexity allows. */
import pLimit from 'p-limit';
import type { Budget } from '../../clock.ts';
import type { Ask } from '../asking.ts';
import { DemandSourceError, type FleetQueue } from '../source.ts';
import {
  type Asked,
  GRAPHQL_ROUTE,
  type RunnerReading,
  runnersIn,
  runnersQuery,
} from './graphql.ts';
import { runnerOf } from './queue.ts';

/**
 * Classes of one request. By GitLab's sources each costs about ten of the 250 that a query may cost; the limit of
 * 10,000 characters is reached at about 40.
 *
 * @see https://docs.gitlab.com/api/graphql/#limits
 */
export const CLASSES_PER_REQUEST = 20;

/** Requests of one pass that are under way at a time. */
const REQUESTS_AT_ONCE = 5;

export type Read = Extract<RunnerReading, { ok: true }>;

export interface RunnersOptions {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly asked: Asked;
  readonly onNotice?: ((notice: string) => void) | undefined;
}

export type RunnersReader = (
  queues: readonly FleetQueue[],
  budget: Budget,
) => ReadonlyMap<FleetQueue, Promise<Read>>;

export function runnersReader(ask: Ask, { url, asked, onNotice }: RunnersOptions): RunnersReader {
  const address = `${url}${GRAPHQL_ROUTE}`;
  const paused = new Set<number>();
  /** Smaller once GitLab refused a query for its complexity. */
  let classes = CLASSES_PER_REQUEST;

  return (queues, budget) => {
    const limit = pLimit(REQUESTS_AT_ONCE);
    const found = new Map<FleetQueue, Promise<Read>>();
    const known: Known[] = [];
    for (const queue of queues) {
      try {
        known.push({ queue, runner: runnerOf(queue).runner });
      } catch (error) {
        found.set(queue, Promise.reject(error));
      }
    }
    for (const part of parts(known, classes)) {
      const readings = limit(async () => readPart(part, budget));
      part.forEach(({ queue }, at) => {
        found.set(
          queue,
          readings.then((read) => ofOne(read[at], part[at])),
        );
      });
    }
    return found;
  };

  async function readPart(
    part: readonly Known[],
    budget: Budget,
  ): Promise<readonly RunnerReading[]> {
    const runners = part.map(({ runner }) => runner);
    const answer = await ask(
      {
        method: 'POST',
        address,
        route: GRAPHQL_ROUTE,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: runnersQuery(runners, asked) }),
        order: 'new',
        read: (said) => {
          const reading = runnersIn(said, { runners, asked });
          // The least there is cannot be split.
          if (!reading.ok || reading.value.kind === 'runners' || part.length > 1) return reading;
          return { ok: false, kind: 'bad-request', problem: reading.value.problem };
        },
      },
      budget,
    );
    if (answer.kind === 'runners') return answer.runners;
    const half = Math.ceil(part.length / 2);
    classes = Math.min(classes, half);
    const halves = await Promise.all(parts(part, half).map(async (each) => readPart(each, budget)));
    return halves.flat();
  }

  function ofOne(reading: RunnerReading | undefined, known: Known | undefined): Read {
    if (reading === undefined || known === undefined) throw new Error('a runner was not read');
    if (!reading.ok) {
      const { kind, problem } = reading;
      throw new DemandSourceError(kind, `POST ${address} answered 200 ${problem}`);
    }
    tellPaused(known, reading.paused);
    return reading;
  }

  function tellPaused({ runner, queue }: Known, isPaused: boolean): void {
    if (!isPaused) paused.delete(runner);
    if (!isPaused || paused.has(runner)) return;
    paused.add(runner);
    onNotice?.(
      `the runner ${runner} of ${queue.resourceClass} is paused in GitLab, so it takes no job and nothing is launched ` +
        'for what waits; resume it there',
    );
  }
}

interface Known {
  readonly queue: FleetQueue;
  readonly runner: number;
}

function parts<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
}
