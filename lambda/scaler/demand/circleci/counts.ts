/**
 * The two task counts of CircleCI's runner API, which CircleCI Cloud and CircleCI Server answer.
 *
 * The counts come from two calls, not from one snapshot. Running is read first: a task claimed
 * between the calls is then in neither count. That is harmless, because its runner is present and the
 * rule never goes below what is present; the other order would count it twice and start a machine
 * that nobody needs.
 *
 * @see https://circleci.com/docs/guides/execution-runner/runner-api/
 */
import type { Budget } from '../../clock.ts';
import { parseObject } from '../../contract/json.ts';
import type { Demand, DemandReader } from '../source.ts';
import type { Reading } from '../asking.ts';
import { askingCircleCi, type CircleCiPorts } from './asking.ts';
import { noUsableCount, usableCount } from '../usable-count.ts';

/** A genuine answer is about 30 bytes. */
const MOST_BYTES = 64 * 1024;

const RUNNING = { path: '/api/v3/runner/tasks/running', key: 'running_runner_tasks' } as const;
const UNCLAIMED = { path: '/api/v3/runner/tasks', key: 'unclaimed_task_count' } as const;
const CALLS_PER_CLASS = 2;

export interface CountsOptions {
  /** Base URL of the runner API, without a trailing slash. */
  readonly url: string;
  /** What to do when CircleCI ends these counts, as part of a sentence. */
  readonly successor: string;
}

export function counts(ports: CircleCiPorts, { url, successor }: CountsOptions): DemandReader {
  const { rate } = ports;
  const ask = askingCircleCi(ports, {
    credential: (token) => ({ 'circle-token': token }),
    mostBytes: MOST_BYTES,
    successor,
  });
  const count = async (which: Count, resourceClass: string, budget: Budget): Promise<number> =>
    ask(
      {
        address: `${url}${which.path}?resource-class=${encodeURIComponent(resourceClass)}`,
        route: which.path,
        order: which === RUNNING ? 'new' : 'begun',
        read: ({ text }) => countIn(text, which.key),
      },
      budget,
    );

  return {
    async currentDemand({ resourceClass }, budget): Promise<Demand> {
      const running = await count(RUNNING, resourceClass, budget);
      const unclaimed = await count(UNCLAIMED, resourceClass, budget);
      return { unclaimed, running };
    },
    ...(rate && { classesWithin: (ms) => Math.floor(rate.callsWithin(ms) / CALLS_PER_CLASS) }),
  };
}

type Count = typeof RUNNING | typeof UNCLAIMED;

function countIn(text: string, key: string): Reading<number> {
  const value = usableCount(parseObject(text)?.[key]);
  return value === undefined ? { ok: false, problem: noUsableCount(key) } : { ok: true, value };
}
