import { describe, expect, test } from '@jest/globals';
import { CIRCLECI_CLASS_PATTERN } from '../../../lambda/scaler/contract.ts';
import { SCENARIOS } from '../../../simulator/experiment/scenarios.ts';
import { parametersWith } from '../../../simulator/world/parameter-values.ts';
import { SECOND, task } from '../world/tiny-world.ts';

const HOUR_S = 3600;
const own = Array.from({ length: 8 }, (_, hour) =>
  task({ releaseAt: hour * HOUR_S * SECOND, ...(hour > 0 && { after: [hour - 1] }) }),
);
const given = { tasks: own, seed: 1, startAt: 0, hours: 24 };

describe.each(SCENARIOS)('the scenario $name', ({ about, parameters, tasks }) => {
  test('has parameters that the world takes, and says what differs', () => {
    expect(() => parametersWith(parameters)).not.toThrow();
    expect(about).not.toBe('');
  });

  test('leaves the tasks of the workload where they are, or leaves them out', () => {
    const made = tasks?.(given) ?? own;
    const kept = made.filter(({ id }) => own.some((each) => each.id === id));
    expect(kept.length === 0 ? own : made.slice(0, own.length)).toEqual(own);
    expect(new Set(made.map(({ id }) => id)).size).toBe(made.length);
    for (const { resourceClass } of made) expect(resourceClass).toMatch(CIRCLECI_CLASS_PATTERN);
  });
});
