/** Circumstances in which the rules are compared; each differs from the plain one in one thing. */
import type { Parameters } from '../world/parameters.ts';

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly parameters: Partial<Parameters>;
  /** The groups' maximum in multiples of the need; undefined: more than anybody needs. */
  readonly capOfNeed?: number;
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'plain', about: 'every lag at its default', parameters: {} },
  {
    name: 'slow-exit',
    about: 'machines clean up for 20 to 60 s after their task',
    parameters: { exit: { min: 20, max: 60 } },
  },
  {
    name: 'quick-notice',
    about: 'the group notices within 1 to 5 s that a machine stopped by itself',
    parameters: { noticeLag: { min: 1, max: 5 } },
  },
  {
    name: 'tight-cap',
    about: "the maximum is 1.2 times the oracle's mean need over its busiest eight hours",
    parameters: {},
    capOfNeed: 1.2,
  },
  {
    name: 'launch-lag',
    about: 'the group takes 20 to 60 s to launch; the oracle has no lag here either',
    parameters: { launchLag: { min: 20, max: 60 } },
  },
  {
    name: 'slow-release',
    about: 'what waited for a task is in the queue 5 to 15 s after its end',
    parameters: { releaseLag: { min: 5, max: 15 } },
  },
  {
    name: 'old-counts',
    about: "CircleCI's counts are 10 s old",
    parameters: { countLag: 10 },
  },
];
