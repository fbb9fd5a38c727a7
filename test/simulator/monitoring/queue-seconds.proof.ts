/** The metric QueueSeconds beside the truth of simulated days, whatever is slow, late, lost or shared in them. */
import { expect, test } from '@jest/globals';
import { fleetsFor } from '../../../simulator/experiment/need.ts';
import { BUILT_INS } from '../../../simulator/experiment/workloads.ts';
import { watchedRun } from '../../../simulator/monitoring/watched-run.ts';
import type { ClassRecord } from '../../../simulator/record.ts';
import { BUILT_IN_START } from '../../../simulator/workload/built-in-start.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { createWorld } from '../../../simulator/world/world.ts';

const DAY = 86_400;

interface Line {
  readonly ResourceClass?: string;
  readonly QueueSeconds?: number;
  readonly timestamp: string;
}

const CASES: readonly {
  readonly what: string;
  readonly parameters: Partial<Parameters>;
  /** From one pass to the next, in seconds. Default 10. */
  readonly interval?: number;
  /** Seconds by which it may be too great, where counts are later than a machine takes to leave. Default 0. */
  readonly late?: number;
}[] = [
  { what: 'as they are', parameters: {} },
  { what: 'a pass each minute', parameters: {}, interval: 60 },
  {
    what: 'a pass each minute, two containers in turn',
    parameters: { containers: 2, routing: 'round-robin' },
    interval: 60,
  },
  { what: 'four containers at random', parameters: { containers: 4, routing: 'random' } },
  { what: 'counts 10 s old', parameters: { countLag: 10 } },
  { what: 'counts 30 s old', parameters: { countLag: 30 } },
  { what: 'counts 60 s old', parameters: { countLag: 60 }, late: 60 },
  {
    what: 'the one count 30 s older than the other',
    parameters: { unclaimedLag: 30 },
    late: 30,
  },
  {
    what: 'spot, 20 % an hour, whose tasks wait again',
    parameters: { spotInterruptions: 0.2, retryOnInterruption: true },
  },
  {
    what: 'boots and agents that fail',
    parameters: { bootFailure: 0.1, agentDeath: 0.1, bootHang: 0.02 },
  },
  {
    what: 'counts and writes that fail',
    parameters: { countFault: 0.1, writeFault: 0.1, writeThrottle: 0.1 },
  },
];

/** Milliseconds since the epoch at which the class last had no waiting task, as of a moment; its start if never. */
function lastEmpty({ samples }: ClassRecord, at: number): number {
  const before = samples.filter((sample) => sample.at <= at);
  const last = before.findLastIndex(({ unclaimed }) => unclaimed === 0);
  return last === -1 ? BUILT_IN_START : (before[last + 1]?.at ?? at);
}

test.each(
  ['working-day', 'bursty'].flatMap((name) => CASES.map((each) => ({ name, late: 0, ...each }))),
)(
  'is never too great on $name, $what',
  async ({ name, parameters, interval = 10, late }) => {
    const workload = BUILT_INS.find((each) => each.name === name);
    if (workload === undefined) throw new Error(`there is no workload ${name}`);
    const tasks = workload.tasks(1, BUILT_IN_START);
    const fleets = fleetsFor(tasks).map((fleet) => ({ ...fleet, spot: true }));
    const world = createWorld({
      seed: 1,
      startAt: BUILT_IN_START,
      tasks,
      fleets,
      scaler: 'ci',
      parameters,
    });
    const { lines } = await watchedRun({ world, lasts: DAY, passIntervalSeconds: interval });
    const records = new Map(world.record().map((record) => [record.resourceClass, record]));
    const { countLag = 0, unclaimedLag = 0 } = parameters;
    let greatest = 0;
    for (const line of lines) {
      const { ResourceClass = '', QueueSeconds: seconds, timestamp } = JSON.parse(line) as Line;
      const record = records.get(ResourceClass);
      if (seconds === undefined || record === undefined) continue;
      const at = Date.parse(timestamp);
      const longest = Math.max(...record.waits);
      greatest = Math.max(greatest, seconds);
      // Rounded.
      // It is of the moment that the counts are of.
      const since = lastEmpty(record, at - 1000 * (countLag + unclaimedLag));
      expect(seconds).toBeLessThanOrEqual((at - since) / 1000 + late + 1);
      expect(seconds).toBeLessThanOrEqual(longest + late + 1);
    }
    expect(greatest).toBeGreaterThan(20);
  },
  120_000,
);
