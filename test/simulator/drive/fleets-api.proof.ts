import { describe, expect, test } from '@jest/globals';
import type { CircleCiApi } from '../../../lambda/scaler/contract.ts';
import type { Report } from '../../../lambda/scaler/pass.ts';
import type { Pace } from '../../../simulator/drive/called.ts';
import type { ScalerInWorld } from '../../../simulator/drive/direct.ts';
import { run } from '../../../simulator/drive/run.ts';
import type { Usage } from '../../../simulator/drive/usage.ts';
import { wireScaler } from '../../../simulator/drive/wire.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import type { World } from '../../../simulator/world/world.ts';
import { START, pipelinesOf, smallRun } from './small-run.ts';

const CLASSES = ['acme/linux', 'acme/arm', 'acme/large'];

/** One answer has both counts of one moment; two do where calls take no time. */
const AT_ONCE: Partial<Parameters> = { callTime: { min: 0, max: 0 } };

describe('over the wire, the fleets API leads to the decisions and the world that the counts lead to', () => {
  test.each<[name: string, seed: number, parameters: Partial<Parameters>]>([
    ['a quiet world', 1, {}],
    ['counts that lag', 2, { countLag: 4 }],
    ['boots and agents that fail', 4, { bootFailure: 0.2, agentCrash: 0.1 }],
    ['several containers in turn', 5, { containers: 3, routing: 'round-robin' }],
  ])('%s', async (_name, seed, more) => {
    const parameters = { ...AT_ONCE, ...more };
    const counts = await ran({ seed, parameters });
    const fleets = await ran({ seed, parameters, by: { api: 'fleets' } });

    expect(counts.decisions.length).toBeGreaterThan(80);
    expect(fleets.decisions).toEqual(counts.decisions);
    expect(fleets.record).toEqual(counts.record);
    // Half the calls, but for one look-up per class and container.
    const { passes, calls } = counts.outcome;
    expect(fleets.outcome.passes).toBe(passes);
    expect(fleets.outcome.calls.demandReads).toBe(
      calls.demandReads / 2 + CLASSES.length * counts.containers.made,
    );
  });

  test('with circleci.api: auto where they are answered, and the counts where they are not', async () => {
    const counts = await ran({ seed: 1, parameters: AT_ONCE });
    const cloud = await ran({ seed: 1, parameters: AT_ONCE, by: { api: 'auto' } });
    const server = await ran({ seed: 1, parameters: AT_ONCE, by: { api: 'auto', fleets: false } });

    expect(cloud.decisions).toEqual(counts.decisions);
    expect(cloud.failures).toEqual([]);
    expect(server.decisions).toEqual(counts.decisions);
    // Each container finds it out once, whatever number of classes it reads.
    expect(new Set(server.failures).size).toBe(1);
    expect(server.failures).toHaveLength(counts.containers.made);
    expect(server.failures[0]).toContain('CircleCI does not answer the fleets API (not-found)');
  });
});

interface By {
  readonly api: CircleCiApi;
  readonly fleets?: boolean;
}

interface Ran {
  readonly seed: number;
  readonly parameters: Partial<Parameters>;
  /** Default: by the wire form as it is. */
  readonly by?: By;
}

async function ran({ seed, parameters, by }: Ran) {
  const { world, scalerIn, report, decisions, failures, containers } = smallRun({
    form: 'wire',
    seed,
    parameters,
    classes: CLASSES,
    tasks: pipelinesOf(CLASSES),
  });
  const outcome = await run({
    world,
    scalerIn: by ? async (pace, usage) => scalerBy(by, { world, pace, usage, report }) : scalerIn,
    endAt: START + 12 * 60_000,
  });
  return {
    outcome,
    containers,
    failures,
    decisions: decisions.toSorted(),
    record: world.record(),
  };
}

interface Place {
  readonly world: World;
  readonly pace: Pace;
  readonly usage: Usage;
  readonly report: Report;
}

/** The wire form, with the API of choice. */
async function scalerBy({ api, fleets = true }: By, place: Place): Promise<ScalerInWorld> {
  return wireScaler({
    ...place,
    scalerName: 'ci',
    passIntervalSeconds: 10,
    circleciApi: api,
    answersFleets: fleets,
    resourceClasses: new Set(CLASSES),
  });
}
