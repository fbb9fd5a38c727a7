import { afterEach, describe, expect, test } from '@jest/globals';
import type { ScalerInWorld } from '../../../simulator/drive/direct.ts';
import { run } from '../../../simulator/drive/run.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { START, task, twin } from './twin.ts';

const CLASSES = ['acme/linux', 'acme/arm', 'acme/large'];
const open: ScalerInWorld[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(async (each) => each.close()));
});

describe('the direct and the wire form make the same decisions and the same world', () => {
  test.each<[name: string, seed: number, parameters: Partial<Parameters>]>([
    ['a quiet world', 1, {}],
    ['counts that lag and are read apart', 2, { countLag: 4, readGap: 2 }],
    ['machines that only stop', 3, { finish: 'stop' }],
    [
      'boots and agents that fail',
      4,
      { bootFailure: 0.2, agentCrash: 0.1, bootFailureMode: 'abandon' },
    ],
  ])('%s', async (_name, seed, parameters) => {
    const direct = await ran('direct', seed, parameters);
    const wire = await ran('wire', seed, parameters);

    expect(direct.decisions.length).toBeGreaterThan(80);
    expect(wire.decisions).toEqual(direct.decisions);
    expect(wire.record).toEqual(direct.record);
    expect(wire.outcome).toEqual(direct.outcome);
    expect(wire.calls).toMatchObject({
      demandReads: direct.calls.demandReads,
      describes: direct.calls.describes,
      capacityWrites: direct.calls.capacityWrites,
    });
  });
});

async function ran(form: 'direct' | 'wire', seed: number, parameters: Partial<Parameters>) {
  const { world, scalerInWorld, decisions } = await twin({
    form,
    seed,
    parameters,
    classes: CLASSES,
    tasks: CLASSES.flatMap((resourceClass, at) => [
      task(`${at} build`, 20 * at, { resourceClass }),
      ...['one', 'two', 'three'].map((name) =>
        task(`${at} ${name}`, 0, { resourceClass, after: [4 * at] }),
      ),
    ]),
  });
  open.push(scalerInWorld);
  const outcome = await run({ world, scalerInWorld, endAt: START + 12 * 60_000 });
  // Both forms serve classes side by side; over the wire the order of their answers is not fixed.
  return {
    outcome,
    decisions: decisions.toSorted(),
    record: world.record(),
    calls: scalerInWorld.calls,
  };
}
