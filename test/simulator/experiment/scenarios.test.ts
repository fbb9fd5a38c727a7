import { describe, expect, test } from '@jest/globals';
import { CIRCLECI_CLASS_PATTERN } from '../../../lambda/scaler/contract.ts';
import { runCell } from '../../../simulator/experiment/trial.ts';
import { inScenario } from '../../../simulator/experiment/work.ts';
import { ours } from '../../../simulator/experiment/rules/ours.ts';
import { SCENARIOS } from '../../../simulator/experiment/scenarios.ts';
import { WAKING_EVENTS } from '../../../simulator/drive/scaler-function.ts';
import { parametersWith } from '../../../simulator/world/parameter-values.ts';
import { SECOND, task } from '../world/tiny-world.ts';

const HOUR_S = 3600;
const own = Array.from({ length: 8 }, (_, hour) =>
  task({ releaseAt: hour * HOUR_S * SECOND, ...(hour > 0 && { after: [hour - 1] }) }),
);
const given = { tasks: own, seed: 1, startAt: 0, hours: 24 };

describe.each(SCENARIOS)('the scenario $name', ({ name, about, parameters, tasks, ...rest }) => {
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

  test('comes to its end under the shipped rule', async () => {
    const rule = ours({ everySeconds: 5, events: WAKING_EVENTS });
    const scenario = { name, about, parameters, ...rest, ...(tasks && { tasks }) };
    const work = { name, of: () => ({ startAt: 0, tasks: own, hours: 24 }) };
    const [trial] = await runCell(
      [{ name: [name], work: inScenario(work, scenario), rule, parameters, ...rest }],
      { seed: 1 },
    );
    expect(trial?.finished).toBe(true);
    const served = (trial?.whole.served ?? 0) + (trial?.whole.killed ?? 0);
    expect(served).toBe(tasks?.(given).includes(own[0] ?? task()) === false ? 0 : own.length);
  });
});
