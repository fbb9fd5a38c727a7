import {
  type Cell,
  type Comparison,
  compared,
} from '../../../../simulator/experiment/compare/comparison.ts';
import { RULES } from '../../../../simulator/experiment/rules/all.ts';
import { SCENARIOS, type Scenario } from '../../../../simulator/experiment/scenarios.ts';
import { runCell, type Trial } from '../../../../simulator/experiment/trial.ts';
import { PARAMETERS } from '../../../../simulator/world/parameters.ts';
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

interface SampleOptions {
  readonly scenario?: string;
  readonly withBurst?: boolean;
  readonly bootSeconds?: number;
}

const cells = new Map<string, Promise<Cell>>();

/** A few pipelines, run by a few rules; kept, because nearly every test looks at the same ones. */
export async function sampleCell(seed: number, options: SampleOptions = {}): Promise<Cell> {
  const key = JSON.stringify([seed, options]);
  const cell = cells.get(key) ?? ranCell(seed, options);
  cells.set(key, cell);
  return cell;
}

/** The same, run anew. */
export async function ranCell(
  seed: number,
  { scenario = 'plain', withBurst = false, bootSeconds = 50 }: SampleOptions = {},
): Promise<Cell> {
  const { parameters, capOfNeed } = scenarioNamed(scenario);
  const work = {
    name: 'a few pipelines',
    of: () => ({
      startAt: START,
      tasks: bursty({ seed, startAt: START, resourceClass: 'acme/linux', peakPerHour: 1 }),
      hours: 24,
    }),
  };
  const trials = await runCell(
    SAMPLE_RULES.map((rule) => ({
      name: [rule.name],
      work,
      rule,
      parameters,
      ...(capOfNeed !== undefined && { capOfNeed }),
    })),
    {
      seed,
      withBurst,
      parameters: { boot: { ...PARAMETERS.boot.default, median: bootSeconds } },
    },
  );
  return { seed, trials };
}

/** By the name of the rule. */
export function trialOf({ trials }: Cell, rule: string): Trial {
  const trial = trials[SAMPLE_RULES.findIndex(({ name }) => name === rule)];
  if (trial === undefined) throw new Error(`${rule} did not run`);
  return trial;
}

export async function sampleComparison(): Promise<Comparison> {
  const scenario = scenarioNamed('plain');
  return compared(
    { workload: '<few> pipelines', about: 'a sample', scenario, rules: SAMPLE_RULES },
    [await sampleCell(1, { withBurst: true }), await sampleCell(2)],
  );
}
