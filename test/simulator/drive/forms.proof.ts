import { describe, expect, test } from '@jest/globals';
import { run } from '../../../simulator/drive/run.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { START, pipelinesOf, smallRun } from './small-run.ts';

const CLASSES = ['acme/linux', 'acme/arm', 'acme/large'];
describe('the direct and the wire form make the same decisions and the same world', () => {
  test.each<[name: string, seed: number, parameters: Partial<Parameters>]>([
    ['a quiet world', 1, {}],
    ['counts that lag and slow calls', 2, { countLag: 4, callTime: { min: 0.3, max: 1.2 } }],
    ['machines that only stop', 3, { finish: 'stop' }],
    ['boots and agents that fail', 4, { bootFailure: 0.2, agentCrash: 0.1 }],
    ['boots that all fail, until launches are held back', 8, { bootFailure: 1 }],
    [
      'agents that all end at once, until launches are held back',
      9,
      { agentDeath: 1, agentDeathAfter: { min: 0, max: 0 } },
    ],
    ['several containers in turn', 5, { containers: 3, routing: 'round-robin' }],
    ['a container at random', 6, { containers: 2, routing: 'random' }],
    ['calls that take no time', 7, { callTime: { min: 0, max: 0 } }],
  ])('%s', async (_name, seed, parameters) => {
    const direct = await ran('direct', seed, parameters);
    const wire = await ran('wire', seed, parameters);

    expect(direct.decisions.length).toBeGreaterThan(80);
    expect(wire.decisions).toEqual(direct.decisions);
    expect(wire.record).toEqual(direct.record);
    // Over the wire each container that was used reads the token from its secret.
    const { other } = direct.outcome.calls;
    const secrets = wire.outcome.calls.other - other;
    expect(wire.containers).toEqual(direct.containers);
    expect(secrets).toBeGreaterThan(0);
    expect(secrets).toBeLessThanOrEqual(wire.containers.made);
    expect(wire.outcome).toEqual({
      ...direct.outcome,
      calls: { ...direct.outcome.calls, other: other + secrets },
    });
  });
});

async function ran(form: 'direct' | 'wire', seed: number, parameters: Partial<Parameters>) {
  const { world, scalerIn, decisions, containers } = smallRun({
    form,
    seed,
    parameters,
    classes: CLASSES,
    tasks: pipelinesOf(CLASSES),
  });
  const outcome = await run({ world, scalerIn, endAt: START + 12 * 60_000 });
  // Both forms serve classes side by side; over the wire the order of their answers is not fixed.
  return {
    outcome,
    containers,
    decisions: decisions.toSorted(),
    record: world.record(),
  };
}
