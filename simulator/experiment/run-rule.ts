/** One rule on one workload with one seed. */
import type { ClassRecord } from '../record.ts';
import type { FleetSpec } from '../world/fleet-spec.ts';
import type { Parameters } from '../world/parameters.ts';
import type { TaskSpec } from '../world/task.ts';
import { createWorld } from '../world/world.ts';
import type { Rule } from './rules/rule.ts';
import { type Usage, newUsage, sumOf } from '../drive/usage.ts';
import { createVirtualTime } from '../drive/virtual-time.ts';

/** What all rules are given alike. */
export interface Circumstances {
  readonly seed: number;
  /** Milliseconds since the epoch. */
  readonly startAt: number;
  readonly tasks: readonly TaskSpec[];
  readonly fleets: readonly FleetSpec[];
  readonly parameters: Partial<Parameters>;
  readonly sampleLimit: number;
}

export interface RuleRun {
  readonly classes: readonly ClassRecord[];
  readonly usage: Usage;
  /** From the start until the last machine was gone, in hours. */
  readonly hours: number;
  /** False when tasks were still waiting when patience ended. */
  readonly finished: boolean;
}

/** Tasks that still wait this long after the last arrival are given up. */
const PATIENCE_MS = 2 * 24 * 3_600_000;

/** Where the oracle's parameters and the scenario's differ, the rule's own hold. */
export async function runRule(rule: Rule, circumstances: Circumstances): Promise<RuleRun> {
  const { seed, startAt, tasks, sampleLimit } = circumstances;
  const fleets = circumstances.fleets.map((fleet) => ({ ...fleet, ...rule.fleet }));
  const world = createWorld({
    seed,
    startAt,
    tasks,
    fleets,
    parameters: { ...circumstances.parameters, ...rule.parameters },
    sampleLimit,
  });
  const time = createVirtualTime(world);
  const usages: Usage[] = [];
  rule.start({
    world,
    time,
    fleets,
    account() {
      const usage = newUsage();
      usages.push(usage);
      return usage;
    },
  });
  const lastAt = tasks.reduce((last, { releaseAt }) => Math.max(last, releaseAt), startAt);
  await time.run(lastAt + PATIENCE_MS);
  return {
    classes: world.record(),
    usage: sumOf(usages),
    hours: (world.now() - startAt) / 3_600_000,
    finished: world.finished,
  };
}
