import { expect, test } from '@jest/globals';
import { resolveConfig } from '../../config/resolve-config.ts';
import { BUILT_IN_PRICES } from '../../simulator/prices.ts';
import { settingsOf } from '../../simulator/config-run.ts';
import { fleetsOf } from '../../simulator/fleets.ts';
import { localRun } from '../../simulator/local-run.ts';
import type { RunRecord } from '../../simulator/record.ts';
import { BUILT_IN_START } from '../../simulator/workload/built-in-start.ts';
import { workingDay } from '../../simulator/workload/working-day.ts';

const NAMES = ['acme/linux', 'acme/arm'];
const HOURS = 9;

test('given the same counts at the same times, GitLab and CircleCI lead to the same decisions', async () => {
  const circleci = await recordOf({
    resourceClasses: NAMES.map((resourceClass) => ({ resourceClass, max: 4 })),
  });
  const gitlab = await recordOf({
    gitlab: {
      url: 'https://gitlab.example.com',
      scope: 'instance',
      fleets: NAMES.map((name, index) => ({ name, runner: index + 1, max: 4 })),
    },
  });
  expect(circleci.classes.map(({ totals }) => totals.tasksServed)).not.toContain(0);
  expect(JSON.stringify(gitlab)).toBe(JSON.stringify(circleci));
});

async function recordOf(sources: object): Promise<RunRecord> {
  const config = resolveConfig({ name: 'ci', ...sources });
  const problems: string[] = [];
  const { record } = await localRun({
    title: 'a morning',
    seed: 1,
    startAt: BUILT_IN_START,
    tasks: workingDay({ seed: 1, startAt: BUILT_IN_START, resourceClasses: NAMES }).filter(
      ({ releaseAt }) => releaseAt < BUILT_IN_START + HOURS * 3_600_000,
    ),
    fleets: fleetsOf(config.fleets, BUILT_IN_PRICES).fleets,
    ...settingsOf(config),
    form: 'direct',
    report: {
      outcome: ({ failure }) => {
        if (failure) problems.push(failure.message);
      },
      warning: (message) => problems.push(message),
    },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  expect(problems).toEqual([]);
  return record;
}
