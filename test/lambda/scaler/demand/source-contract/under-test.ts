/** A source as the contract sees it, and the answers of its server that all parts of the contract use. */
import { expect } from '@jest/globals';
import type {
  Demand,
  DemandSource,
  FleetQueue,
} from '../../../../../lambda/scaler/demand/source.ts';
import type { Answer, Received, Reply } from '../../../../http-server.ts';
import {
  type Answering,
  type SourcePorts,
  stage,
  type StageOptions,
  TOKEN,
} from '../source-stage.ts';

/** The text of each count in an answer, such as `7`; undefined leaves its key out. */
export interface Written {
  readonly running: string | undefined;
  readonly unclaimed: string | undefined;
}

export interface SourceUnderTest {
  readonly name: string;
  readonly make: (ports: SourcePorts) => DemandSource;
  /** Two fleets that it can read at once. */
  readonly queues: readonly [FleetQueue, FleetQueue];
  /** Good answers to all that it asks, but for the counts as they are given for each class. */
  readonly answers: (written: (resourceClass: string) => Written) => (request: Received) => Reply;
  /** What the first read of a class asks for, in order. */
  readonly paths: readonly string[];
  readonly tokenOf: (request: Pick<Received, 'headers'>) => string | undefined;
  /** A header by which it says until when it is not to be asked, in seconds since the epoch. Default: none. */
  readonly resetHeader?: string;
  /** Whether it is not asked before the moment that it named. Default: it is, by the next pass. */
  readonly waitsUntilRetryAt?: boolean;
}

/** Good answers with the same counts for every class. */
export function good(way: Pick<SourceUnderTest, 'answers'>, { running, unclaimed }: Demand) {
  return way.answers(() => ({ running: String(running), unclaimed: String(unclaimed) }));
}

/** The trouble for the first requests, then good counts: 2 unclaimed and 1 running. */
export function failingFirst(
  way: Pick<SourceUnderTest, 'answers'>,
  times: number,
  trouble: Answer | (() => Answer),
) {
  let left = times;
  return (request: Received): Answer => {
    left -= 1;
    if (left < 0) return good(way, GOOD)(request);
    return typeof trouble === 'function' ? trouble() : trouble;
  };
}

export const GOOD: Demand = { unclaimed: 2, running: 1 };

/** The source at its server. No message of its failures has the token or a second line. */
export async function stageOf(way: SourceUnderTest, answer: Answering, options: StageOptions = {}) {
  const [queue] = way.queues;
  const set = await stage(way.make, answer, options);
  return {
    ...set,
    read: async () => set.read(queue),
    failure: async () => {
      const error = await set.failure(queue);
      expect(error.message).not.toContain(options.token ?? TOKEN);
      expect(error.message).not.toContain('\n');
      return error;
    },
  };
}
