/** The built-in workload: one working day of CI pipelines over a few resource classes. */
import { drawMs, stream } from '../world/random.ts';
import type { Draw, Lognormal, Uniform } from '../world/random.ts';
import type { TaskSpec } from '../world/task.ts';
import { dayArrivals } from './arrivals.ts';
import { layOut } from './pipeline.ts';
import type { Job, Pipeline } from './pipeline.ts';

export interface WorkingDayOptions {
  readonly seed: number;
  /** Midnight at which the day begins, in milliseconds since the epoch. */
  readonly startAt: number;
  /**
   * At least one. The first gets checks and most tests, the second builds, the third the tests of
   * another platform; with fewer, these share what there is, and more than three stay idle.
   */
  readonly resourceClasses: readonly string[];
}

/** Pipelines of people; the nightly one comes on top. */
const PIPELINES = 116;
const NIGHTLY_AT_MS = 2 * 3_600_000;

/** Of a hundred pipelines: this many are of the main branch, … */
const MAIN_PERCENT = 12;
/** … this many touch documentation only, and the others are pull requests. */
const DOCS_PERCENT = 13;
/** Of a hundred pull requests, this many are overtaken by a newer push. */
const OVERTAKEN_PERCENT = 5;
/** Of a hundred pull requests, this many are tested on the other platform too. */
const OTHER_PLATFORM_PERCENT = 40;

/** After this long the newer push cancels what is still waiting, in seconds. */
const OVERTAKEN_AFTER: Uniform = { min: 20, max: 120 };

/** Durations in seconds: minutes, with a tail to the long side as job times have. */
const LINT: Lognormal = { median: 60, sigma: 0.4 };
const BUILD: Lognormal = { median: 240, sigma: 0.4 };
const TEST: Lognormal = { median: 300, sigma: 0.5 };
const OTHER_TEST: Lognormal = { median: 420, sigma: 0.5 };
const PACKAGE: Lognormal = { median: 90, sigma: 0.4 };
const DEPLOY: Lognormal = { median: 120, sigma: 0.5 };

/**
 * About 1,250 tasks in 117 pipelines: a quiet night with one nightly run, the morning's ramp, a dip at
 * noon, the afternoon's peak, the evening's tail. Pull requests lint and build, test in parallel, then
 * package; the main branch also deploys. Some pull requests are overtaken, and their waiting tasks
 * cancelled. The same options give the same tasks.
 */
export function workingDay(options: WorkingDayOptions): readonly TaskSpec[] {
  const { seed, startAt, resourceClasses } = options;
  const [general] = resourceClasses;
  if (general === undefined) {
    throw new Error('resourceClasses is empty; a working day needs at least one class');
  }
  const classes: Classes = {
    general,
    build: resourceClasses[1] ?? general,
    other: resourceClasses[2] ?? general,
  };
  const draws: Draws = {
    kind: stream(seed, 'kinds'),
    width: stream(seed, 'widths'),
    other: stream(seed, 'other platform'),
    overtaken: stream(seed, 'overtaken'),
    patience: stream(seed, 'patience'),
  };
  const pipelines: Pipeline[] = dayArrivals(seed, startAt, PIPELINES).map((releaseAt, index) => ({
    releaseAt,
    ...pipelineOf(classes, draws, index),
  }));
  pipelines.push({
    id: 'nightly',
    releaseAt: startAt + NIGHTLY_AT_MS,
    jobs: delivery(classes, { tests: 24, otherTests: 8 }),
  });
  return layOut(
    pipelines.sort((a, b) => a.releaseAt - b.releaseAt),
    stream(seed, 'durations'),
  );
}

interface Classes {
  readonly general: string;
  readonly build: string;
  readonly other: string;
}

type Draws = Readonly<Record<'kind' | 'width' | 'other' | 'overtaken' | 'patience', Draw>>;

function pipelineOf(classes: Classes, draws: Draws, index: number): Omit<Pipeline, 'releaseAt'> {
  const kind = draws.kind(index) * 100;
  const id = `${index + 1}`;
  if (kind < MAIN_PERCENT) {
    const tests = whole(8, 12, draws.width(index));
    return { id: `main-${id}`, jobs: delivery(classes, { tests, otherTests: 3 }) };
  }
  if (kind < MAIN_PERCENT + DOCS_PERCENT) {
    return {
      id: `docs-${id}`,
      jobs: [
        { name: 'lint', resourceClass: classes.general, duration: LINT },
        { name: 'site', resourceClass: classes.general, duration: PACKAGE, after: ['lint'] },
      ],
    };
  }
  const isOvertaken = draws.overtaken(index) * 100 < OVERTAKEN_PERCENT;
  const isOnOther = draws.other(index) * 100 < OTHER_PLATFORM_PERCENT;
  const width = draws.width(index);
  return {
    id: `pull-request-${id}`,
    jobs: checked(classes, {
      tests: whole(4, 10, width),
      otherTests: isOnOther ? whole(1, 2, width) : 0,
    }),
    ...(isOvertaken && { cancelAfterMs: drawMs(OVERTAKEN_AFTER, draws.patience, index) }),
  };
}

interface Widths {
  readonly tests: number;
  readonly otherTests: number;
}

/** Lint and build side by side, tests when the build is there, a package when all went well. */
function checked(classes: Classes, { tests, otherTests }: Widths): readonly Job[] {
  const { general, build, other } = classes;
  const jobs: Job[] = [
    { name: 'lint', resourceClass: general, duration: LINT },
    { name: 'build', resourceClass: build, duration: BUILD },
    {
      name: 'test',
      resourceClass: general,
      duration: TEST,
      parallelism: tests,
      after: ['build'],
    },
  ];
  if (otherTests > 0) {
    jobs.push({
      name: 'test-other',
      resourceClass: other,
      duration: OTHER_TEST,
      parallelism: otherTests,
      after: ['build'],
    });
  }
  const after = ['lint', ...jobs.slice(2).map(({ name }) => name)];
  jobs.push({ name: 'package', resourceClass: general, duration: PACKAGE, after });
  return jobs;
}

function delivery(classes: Classes, widths: Widths): readonly Job[] {
  return [
    ...checked(classes, widths),
    {
      name: 'package-other',
      resourceClass: classes.other,
      duration: PACKAGE,
      after: ['test-other'],
    },
    {
      name: 'deploy',
      resourceClass: classes.general,
      duration: DEPLOY,
      after: ['package', 'package-other'],
    },
  ];
}

/** A whole number from `least` to `most`, all equally likely, for a draw in [0, 1). */
function whole(least: number, most: number, draw: number): number {
  return least + Math.floor(draw * (most - least + 1));
}
