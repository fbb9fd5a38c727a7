import { expect, test } from '@jest/globals';
import { WAKING_EVENTS } from '../../../simulator/drive/scaler-function.ts';
import { ours } from '../../../simulator/experiment/rules/ours.ts';
import { SCENARIOS } from '../../../simulator/experiment/scenarios.ts';
import { runCell } from '../../../simulator/experiment/trial.ts';
import { inScenario } from '../../../simulator/experiment/work.ts';
import { SECOND, task } from '../world/tiny-world.ts';

const HOUR_S = 3600;
const own = Array.from({ length: 8 }, (_, hour) =>
  task({ releaseAt: hour * HOUR_S * SECOND, ...(hour > 0 && { after: [hour - 1] }) }),
);
const given = { tasks: own, seed: 1, startAt: 0, hours: 24 };

test.each(SCENARIOS)(
  'the scenario $name comes to its end under the shipped rule',
  async (scenario) => {
    const { name, parameters, tasks, capOfNeed } = scenario;
    const rule = ours({ everySeconds: 5, events: WAKING_EVENTS });
    const work = inScenario({ name, of: () => ({ startAt: 0, tasks: own, hours: 24 }) }, scenario);
    const cap = capOfNeed === undefined ? {} : { capOfNeed };
    const [trial] = await runCell([{ name: [name], work, rule, parameters, ...cap }], { seed: 1 });
    expect(trial?.finished).toBe(true);
    const served = (trial?.whole.served ?? 0) + (trial?.whole.killed ?? 0);
    expect(served).toBe(tasks?.(given).includes(own[0] ?? task()) === false ? 0 : own.length);
  },
);
