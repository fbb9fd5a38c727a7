/** What the CI system does with tasks, and what it answers of them. */
import { choice, probability, seconds, spread } from './parameter-kinds.ts';

export const QUEUE_PARAMETERS = {
  lostTask: seconds({
    about: 'for which a task counts as running after its agent vanished',
    default: 300,
    range: [0, 3600],
    source: 'not published; the count falls at a time-out of CircleCI',
  }),
  retryOnInterruption: choice<boolean>({
    about: 'whether an interrupted task goes back to the queue; otherwise it is lost',
    default: false,
    range: [false, true],
    choices: [false, true],
    source:
      "the agent's enable_unsafe_retries, https://circleci.com/changelog/runner-release-3-1-13/",
  }),
  foreignClaim: spread({
    about:
      'from the release of a task that runs elsewhere to its claim by a machine outside every fleet',
    default: { min: 0, max: 5 },
    range: [
      { min: 0, max: 0 },
      { min: 30, max: 120 },
    ],
    source: 'not published; how busy the other machines are',
  }),
  releaseLag: spread({
    about:
      "from the agent's word of a task's end to the tasks that waited for it being in the queue",
    default: { min: 0.5, max: 3 },
    range: [
      { min: 0, max: 0 },
      { min: 5, max: 15 },
    ],
    source: 'not published',
  }),
  planConcurrency: choice<number>({
    about:
      'greatest number of tasks that run at once over all classes; further ones wait unclaimed',
    unit: 'tasks',
    default: Number.POSITIVE_INFINITY,
    range: [5, Number.POSITIVE_INFINITY],
    source: 'https://circleci.com/docs/guides/execution-runner/runner-concepts/',
  }),
  planHidesTasks: choice<boolean>({
    about: 'whether the unclaimed count leaves out the tasks that the plan holds back',
    default: false,
    range: [false, true],
    choices: [false, true],
    source: 'not published',
  }),
  countLag: seconds({
    about: 'by which the counts that the CI system answers are old',
    default: 0,
    range: [0, 10],
    source: 'not published; in GitLab, how late its database replicas are',
  }),
  unclaimedLag: seconds({
    about: 'by which the unclaimed count is older than the running one',
    default: 0,
    range: [0, 30],
    source:
      "not published; GitLab's running jobs and its lists of pending ones may come from two replicas of its database",
  }),
  countFault: probability({
    about: 'that a read of a count fails with 503',
    range: [0, 0.2],
    source: 'not published',
  }),
} as const;
