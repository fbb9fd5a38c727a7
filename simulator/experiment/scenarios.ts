/** Circumstances in which the rules are compared; each differs from the plain one in one thing. */
import { foreignTasks, stuckTasks } from '../workload/troubles.ts';
import type { Parameters } from '../world/parameters.ts';
import type { TaskSpec } from '../world/task.ts';

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly parameters: Partial<Parameters>;
  /** The groups' maximum in multiples of the need; undefined: more than anybody needs. */
  readonly capOfNeed?: number;
  /** What is made of the tasks. Further ones stand at the end: the places of tasks are what others wait for. */
  readonly tasks?: (given: Given) => readonly TaskSpec[];
}

export interface Given {
  readonly tasks: readonly TaskSpec[];
  readonly seed: number;
  /** Milliseconds since the epoch. */
  readonly startAt: number;
  readonly hours: number;
}

const HOUR_S = 3600;

/** A share of the day, so that a shortened workload has its trouble too. */
const STUCK_FROM = 0.25;
const STUCK_TO = 0.75;
const STUCK = 10;
const FOREIGN = 10;

function stuck({ tasks, startAt, hours }: Given): readonly TaskSpec[] {
  const [from, to] = [STUCK_FROM, STUCK_TO].map((share) => startAt + share * hours * HOUR_S * 1000);
  return stuckTasks({
    count: STUCK,
    resourceClass: classOf(tasks),
    from: from ?? startAt,
    to: to ?? startAt,
  });
}

function foreign({ tasks, ...rest }: Given): readonly TaskSpec[] {
  return foreignTasks({ ...rest, resourceClass: classOf(tasks), machines: FOREIGN });
}

/** The first class has the trouble. */
function classOf(tasks: readonly TaskSpec[]): string {
  return tasks[0]?.resourceClass ?? 'acme/linux';
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
    about:
      'the group takes 20 to 60 s to launch; the oracle has no lag here either, the lagged one has this',
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
  {
    name: 'first-day',
    about:
      'no class had a task within the last two weeks, so that the first one waits for the minute',
    parameters: { lastUse: 365 },
  },
  {
    name: 'quick-pass',
    about: 'each call takes 0.05 s, so that a pass of four takes 0.2 s',
    parameters: { callTime: { min: 0.05, max: 0.05 } },
  },
  {
    name: 'slow-pass',
    about: 'each call takes 0.65 s, so that a pass of four takes 2.6 s',
    parameters: { callTime: { min: 0.65, max: 0.65 } },
  },
  {
    name: 'two-containers',
    about: 'two containers of the function serve invocations in turn',
    parameters: { containers: 2, routing: 'round-robin' },
  },
  {
    name: 'some-boots-fail',
    about: 'one boot in five fails and gives its launch up',
    parameters: { bootFailure: 0.2 },
  },
  {
    name: 'half-the-boots-fail',
    about: 'every second boot fails and gives its launch up',
    parameters: { bootFailure: 0.5 },
  },
  {
    name: 'boots-hang',
    about: 'one boot in twenty hangs until the launch hook times out',
    parameters: { bootHang: 0.05 },
  },
  {
    name: 'agents-die',
    about: 'one agent in ten dies within a minute of its start',
    parameters: { agentDeath: 0.1 },
  },
  {
    name: 'lost-answers',
    about: 'the answer to one terminate call in twenty is lost, and the call is repeated',
    parameters: { lostAnswer: 0.05 },
  },
  {
    name: 'long-proceed',
    about: 'a machine is Pending:Proceed, and unprotected, for 5 to 15 s after its agent started',
    parameters: { proceed: { min: 5, max: 15 } },
  },
  {
    name: 'stopped-by-hand',
    about: 'an operator sets the maximum to 0 at 10:00, 13:00 and 16:00, for half an hour each',
    parameters: {
      maxZeroWindows: [10, 13, 16].map((hour) => ({
        from: hour * HOUR_S,
        to: (hour + 0.5) * HOUR_S,
      })),
    },
  },
  {
    name: 'foreign',
    about: `${FOREIGN} machines of nobody's fleet take tasks of the first class, beside the others`,
    parameters: {},
    tasks: (given) => [...given.tasks, ...foreign(given)],
  },
  {
    name: 'foreign-alone',
    about: `${FOREIGN} machines of nobody's fleet take tasks of the first class, and there are no others`,
    parameters: {},
    tasks: foreign,
  },
  {
    name: 'stuck',
    about: `${STUCK} tasks of the first class that nobody can claim wait for half of the time`,
    parameters: {},
    tasks: (given) => [...given.tasks, ...stuck(given)],
  },
  {
    name: 'stuck-alone',
    about: `${STUCK} tasks that nobody can claim wait for half of the time, and there are no others`,
    parameters: {},
    tasks: stuck,
  },
  {
    name: 'foreign-and-stuck',
    about: 'both, beside the others',
    parameters: {},
    tasks: (given) => [...given.tasks, ...foreign(given), ...stuck(given)],
  },
];
