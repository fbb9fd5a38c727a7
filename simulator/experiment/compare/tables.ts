/** Every workload in every scenario, with a case for each rule. */
import type { CompareGiven } from '../../cli/compare.ts';
import type { Case, Experiment, Work } from '../case.ts';
import { traceWork } from '../trace-work.ts';
import { builtIn, inScenario } from '../work.ts';
import { chosenOf } from './chosen.ts';
import type { Frame } from './comparison.ts';

export interface ComparePlan {
  readonly kind: 'compare';
  readonly given: CompareGiven;
}

export interface CompareTable extends Experiment {
  readonly frame: Frame;
}

export function compareTables({ given }: ComparePlan): readonly CompareTable[] {
  const { rules, workloads, scenarios } = chosenOf(given);
  const works: readonly (readonly [Work, string])[] = workloads?.map(
    ({ name, about }) => [builtIn(name, given.hours), about] as const,
  ) ?? [[traceWork(given), 'a trace of real jobs']];
  return works.flatMap(([whole, about]) =>
    scenarios.map((scenario): CompareTable => {
      const work = inScenario(whole, scenario);
      const { parameters, capOfNeed } = scenario;
      return {
        title: `${work.name}, ${scenario.name}`,
        frame: { workload: work.name, about, scenario, rules },
        seeds: given.seeds,
        cases: rules.map((rule): Case => ({
          name: [rule.name],
          work,
          rule,
          parameters,
          ...(capOfNeed !== undefined && { capOfNeed }),
        })),
      };
    }),
  );
}
