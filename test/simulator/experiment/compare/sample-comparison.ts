import type { CellResult } from '../../../../simulator/experiment/cell.ts';
import { runCell } from '../../../../simulator/experiment/cell.ts';
import { type Comparison, compared } from '../../../../simulator/experiment/compare/comparison.ts';
import { RULES } from '../../../../simulator/experiment/rules/all.ts';
import { SCENARIOS, type Scenario } from '../../../../simulator/experiment/scenarios.ts';
import { bursty } from '../../../../simulator/workload/generators.ts';

const NAMES = new Set([
  'oracle',
  'lagged-oracle',
  'tutorial',
  'decrement',
  'buildkite-reuse',
  'ours-10s',
]);
const START = Date.parse('2026-03-02T00:00:00Z');

export const SAMPLE_RULES = RULES.filter(({ name }) => NAMES.has(name));

export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return scenario;
}

/** A few pipelines, run by a few rules. */
export async function sampleCell(
  seed: number,
  { scenario = 'plain', withBurst = false, bootSeconds = 50 } = {},
): Promise<CellResult> {
  return runCell({
    workload: {
      startAt: START,
      tasks: bursty({ seed, startAt: START, resourceClass: 'acme/linux', peakPerHour: 1 }),
    },
    scenario: scenarioNamed(scenario),
    seed,
    bootSeconds,
    rules: SAMPLE_RULES,
    withBurst,
  });
}

export async function sampleComparison(): Promise<Comparison> {
  const scenario = scenarioNamed('plain');
  return compared(
    { workload: '<few> pipelines', about: 'a sample', scenario, rules: SAMPLE_RULES },
    [await sampleCell(1, { withBurst: true }), await sampleCell(2)],
  );
}
