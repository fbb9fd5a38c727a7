/**
 * A source to copy. The CI system is made up: one call tells the queues of all classes, so the classes of a pass
 * share one answer. What it does not show is not needed: attempts, pauses, the token and its redaction are `asking`.
 */
import type { Budget } from '../../../../lambda/scaler/clock.ts';
import { isObject, parseObject } from '../../../../lambda/scaler/contract/json.ts';
import { asking, type AskingPorts, type Reading } from '../../../../lambda/scaler/demand/asking.ts';
import { limitsSeen } from '../../../../lambda/scaler/demand/rate-limit.ts';
import {
  type Demand,
  type DemandSource,
  DemandSourceError,
} from '../../../../lambda/scaler/demand/source.ts';
import { untilRetryAt } from '../../../../lambda/scaler/demand/until-retry-at.ts';
import { noUsableCount, usableCount } from '../../../../lambda/scaler/demand/usable-count.ts';

export const ROUTE = '/api/queues';

export interface TemplatePorts extends AskingPorts {
  /** Base URL without a trailing slash. */
  readonly url: string;
  /** Told once of what a person should know and what fails no class. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

export function templateSource(ports: TemplatePorts): DemandSource {
  const limits = limitsSeen({ ...ports, of: 'Template' });
  const ask = asking(
    { ...ports, limits },
    {
      credential: (token) => ({ authorization: `Bearer ${token}` }),
      mostBytes: 256 * 1024,
      // One sentence per kind, as `circleci/refusals.ts` has them: what a person can do about it.
      advice: (kind) => `the CI system refused the call (${kind}); check its URL and the token`,
      // Named only where the vendor documents that its value is a moment.
      resetHeaders: ['x-ratelimit-reset'],
    },
  );
  const snapshot = oncePerPass(async (budget) =>
    ask(
      {
        method: 'POST',
        address: `${ports.url}${ROUTE}`,
        route: ROUTE,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ states: ['waiting', 'running'] }),
        order: 'new',
        read: ({ text }) => queuesIn(text),
      },
      budget,
    ),
  );

  return untilRetryAt(
    {
      classesAtOnce: 10,
      rateLimit: (_queue, budget) => limits.lowest(budget),
      async currentDemand({ resourceClass, demand }, budget): Promise<Demand> {
        // Only this source knows what the tag means: here, the queue's name where it is not the class's.
        const name = demand ?? resourceClass;
        const found = (await snapshot(budget)).get(name);
        if (found !== undefined) return found;
        // Unknown is not zero.
        throw new DemandSourceError(
          'not-found',
          `the CI system has no queue ${name}; create it, or correct the tag of the group`,
        );
      },
    },
    ports.clock,
  );
}

/** All classes of a pass are given the same budget, and none of another pass is. */
function oncePerPass<T>(read: (budget: Budget) => Promise<T>): (budget: Budget) => Promise<T> {
  const known = new WeakMap<Budget, Promise<T>>();
  return async (budget) => {
    const reading = known.get(budget) ?? read(budget);
    known.set(budget, reading);
    return reading;
  };
}

/** The whole answer or nothing: one queue that cannot be read may be the one that is asked for. */
function queuesIn(text: string): Reading<ReadonlyMap<string, Demand>> {
  const queues: unknown = parseObject(text)?.['queues'];
  if (!Array.isArray(queues)) return { ok: false, problem: 'without a list of queues' };
  const found = new Map<string, Demand>();
  for (const queue of queues as readonly unknown[]) {
    const { name, waiting, running } = isObject(queue) ? queue : {};
    if (typeof name !== 'string') return { ok: false, problem: 'with a queue without a name' };
    const counts = { unclaimed: usableCount(waiting), running: usableCount(running) };
    if (counts.unclaimed === undefined) return { ok: false, problem: noUsableCount('waiting') };
    if (counts.running === undefined) return { ok: false, problem: noUsableCount('running') };
    found.set(name, { unclaimed: counts.unclaimed, running: counts.running });
  }
  return { ok: true, value: found };
}
