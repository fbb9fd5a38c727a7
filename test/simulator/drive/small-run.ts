/** A small run for tests of its drivers: one class, few tasks, the scaler's own passes. */
import {
  encodeGitHubDemand,
  encodeGitLabDemand,
  type GitLabScope,
} from '../../../lambda/scaler/contract.ts';
import type { Outcome, Report } from '../../../lambda/scaler/pass.ts';
import type { Pace } from '../../../simulator/drive/called.ts';
import { directScaler, type ScalerInWorld } from '../../../simulator/drive/direct.ts';
import type { Usage } from '../../../simulator/drive/usage.ts';
import { wireScaler } from '../../../simulator/drive/wire.ts';
import type { FleetSpec } from '../../../simulator/world/fleet-spec.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';
import { createWorld } from '../../../simulator/world/world.ts';
import { fleet } from '../world/tiny-world.ts';

export const START = Date.parse('2026-03-02T09:00:00Z');

export interface SmallRunOptions {
  readonly form: 'direct' | 'wire';
  readonly tasks: readonly TaskSpec[];
  readonly classes?: readonly string[];
  readonly fleet?: Partial<FleetSpec>;
  readonly parameters?: Partial<Parameters>;
  readonly seed?: number;
  /** Default 10. */
  readonly passIntervalSeconds?: number;
  /** The classes are GitLab's, whose jobs are asked for in this scope. Default: they are CircleCI's. */
  readonly gitlab?: GitLabScope | undefined;
  /** The classes are GitHub's. Default: they are CircleCI's. */
  readonly github?: boolean;
  /** Whether GitHub does not count an answer of 304. Default: true. */
  readonly unchangedIsFree?: boolean;
}

export function smallRun({ form, tasks, classes = ['acme/linux'], ...more }: SmallRunOptions) {
  const world = createWorld({
    seed: more.seed ?? 1,
    startAt: START,
    tasks,
    scaler: 'ci',
    ...(more.parameters && { parameters: more.parameters }),
    fleets: classes.map((resourceClass, index) =>
      fleet({
        group: `g${index}`,
        resourceClass,
        ...(more.gitlab && { jobs: { source: 'gitlab', demand: demandOf(resourceClass, index) } }),
        ...(more.github && { jobs: { source: 'github', demand: labelsOf(resourceClass) } }),
        ...more.fleet,
      }),
    ),
  });
  const decisions: string[] = [];
  const failures: string[] = [];
  const report: Report = {
    outcome: ({ fleet, at, demand, decision, failure }: Outcome) => {
      if (failure) failures.push(failure.kind);
      const second = (at - START) / 1000;
      const { unclaimed, running } = demand ?? {};
      decisions.push(
        JSON.stringify({ second, class: fleet.resourceClass, unclaimed, running, decision }),
      );
    },
    warning: (message) => failures.push(message),
  };
  const containers = { made: 0 };
  const scalerIn = async (pace: Pace, usage: Usage) => {
    const options = {
      world,
      report,
      pace,
      usage,
      passIntervalSeconds: more.passIntervalSeconds ?? 10,
    };
    const scaler =
      form === 'direct'
        ? directScaler(options)
        : await wireScaler({
            ...options,
            scalerName: 'ci',
            resourceClasses: new Set(classes),
            ...(more.gitlab && { gitlabScope: more.gitlab }),
            unchangedIsFree: more.unchangedIsFree ?? true,
          });
    const newScaler: ScalerInWorld['newScaler'] = (queue) => {
      containers.made += 1;
      return scaler.newScaler(queue);
    };
    return { ...scaler, newScaler };
  };
  return { world, scalerIn, report, decisions, failures, containers };
}

export function task(id: string, atSecond: number, change: Partial<TaskSpec> = {}): TaskSpec {
  return {
    id,
    resourceClass: 'acme/linux',
    pipeline: 'p',
    releaseAt: START + atSecond * 1000,
    durationMs: 120_000,
    after: [],
    ...change,
  };
}

/** In each class one task, and three that it releases. */
export function pipelinesOf(classes: readonly string[]): readonly TaskSpec[] {
  return classes.flatMap((resourceClass, at) => [
    task(`${at} build`, 20 * at, { resourceClass }),
    ...['one', 'two', 'three'].map((name) =>
      task(`${at} ${name}`, 0, { resourceClass, after: [4 * at] }),
    ),
  ]);
}

function demandOf(resourceClass: string, index: number): string {
  return encodeGitLabDemand({ runner: index + 1, tags: [resourceClass] });
}

function labelsOf(resourceClass: string): string {
  const name = resourceClass.replace('/', '-');
  return encodeGitHubDemand({ labels: [name], at: 'acme', prefix: `ci-${name}-` });
}
