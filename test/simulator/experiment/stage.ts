/** Rules in worlds small enough to be worked out by hand. */
import type { Rule } from '../../../simulator/experiment/rules/rule.ts';
import { RULES } from '../../../simulator/experiment/rules/all.ts';
import { type RuleRun, runRule } from '../../../simulator/experiment/run-rule.ts';
import type { FleetSpec } from '../../../simulator/world/fleet-spec.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';
import { SURE, fleet } from '../world/tiny-world.ts';

function ruleNamed(name: string): Rule {
  const rule = RULES.find((each) => each.name === name);
  if (rule === undefined) throw new Error(`there is no rule ${name}`);
  return rule;
}

export interface Scene {
  readonly tasks: readonly TaskSpec[];
  readonly fleet?: Partial<FleetSpec>;
  readonly parameters?: Partial<Parameters>;
  /** Whether the world never looks the same twice, so that no turn is skipped. */
  readonly restless?: boolean;
}

/** What a rule does with a few tasks; every lag is sure, and the world begins at second 0. */
export async function play(what: string | Rule, scene: Scene): Promise<RuleRun> {
  const rule = typeof what === 'string' ? ruleNamed(what) : what;
  return runRule(scene.restless ? restless(rule) : rule, {
    seed: 1,
    startAt: 0,
    tasks: scene.tasks,
    fleets: [fleet(scene.fleet)],
    parameters: { ...SURE, ...scene.parameters },
    sampleLimit: 10_000,
  });
}

function restless(rule: Rule): Rule {
  return {
    ...rule,
    start(stage) {
      let version = 0;
      const world = Object.create(stage.world, { version: { get: () => (version += 1) } });
      rule.start({ ...stage, world });
    },
  };
}

/** The desired capacity from each second on at which it changed. */
export function desiredOf({ classes }: RuleRun): readonly (readonly [number, number])[] {
  const steps: (readonly [number, number])[] = [];
  for (const { at, desired } of classes[0]?.samples ?? []) {
    if (steps.at(-1)?.[1] !== desired) steps.push([at / 1000, desired]);
  }
  return steps;
}

export function waitsOf({ classes }: RuleRun): readonly number[] {
  return classes.flatMap(({ waits }) => waits);
}
