/** What a local run takes from a config, and the account of what went wrong in it. */
import type { Report } from '../../lambda/scaler/composition.ts';
import type { ResolvedConfig } from '../../config/resolved-config.ts';
import { type Parameters, PARAMETERS } from '../world/parameters.ts';
import type { Spread } from '../world/random.ts';

/**
 * @param bootSeconds median boot time; undefined: the world's default
 * @param given parameters of a file, over everything else
 */
export function settingsOf(
  config: ResolvedConfig,
  bootSeconds: number | undefined,
  given: Partial<Parameters> = {},
) {
  return {
    parameters: {
      boot: { ...PARAMETERS.boot.default, ...(bootSeconds && { median: bootSeconds }) },
      retryOnInterruption: config.fleets.some((fleet) => fleet.retryInterruptedTasks),
      ...given,
    },
    scalerName: config.name,
    passIntervalSeconds: config.passIntervalSeconds,
    circleciApi: config.circleciApi,
    callsPerSecond: config.circleciCallsPerSecond,
    wakeUps: config.wakeUps,
  };
}

/** Half of what is drawn is below it, in seconds. */
export function medianOf(spread: Spread): number {
  return 'median' in spread ? spread.median : (spread.min + spread.max) / 2;
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
