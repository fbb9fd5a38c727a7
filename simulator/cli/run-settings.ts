/** What a local run takes from a config, and the account of what went wrong in it. */
import type { Report } from '../../lambda/scaler/look.ts';
import type { ResolvedConfig } from '../../lib/resolved-config.ts';
import { PARAMETERS } from '../world/parameters.ts';

/** @param bootSeconds median boot time; undefined: the world's default */
export function settingsOf(config: ResolvedConfig, bootSeconds: number | undefined) {
  return {
    parameters: {
      boot: { ...PARAMETERS.boot.default, ...(bootSeconds && { median: bootSeconds }) },
      retryOnInterruption: config.fleets.some((fleet) => fleet.retryInterruptedTasks),
    },
    scalerName: config.name,
    busyIntervalSeconds: config.busyIntervalSeconds,
    wakeUps: config.wakeUps,
  };
}

/** Counts problems instead of logging them; each is then one sentence of `said`. */
export function countedProblems(): {
  readonly report: Report;
  readonly said: () => readonly string[];
} {
  const problems = new Map<string, number>();
  const count = (problem: string) => problems.set(problem, (problems.get(problem) ?? 0) + 1);
  return {
    report: {
      outcome: ({ fleet, failure }) => {
        if (failure) count(`${fleet.resourceClass}: ${failure.message}`);
      },
      warning: (message) => count(message),
    },
    said: () => [...problems].map(([problem, times]) => `${times} times: ${problem}`),
  };
}
