/**
 * Everything the world does that neither AWS nor CircleCI document, as named parameters. Each has a
 * default and the range in which the truth may lie; results are worth showing at both ends of it.
 * "Not published" means that no figure was found, and that the range is a guess.
 */
import { choice, probability, seconds, spread, windows } from './parameter-kinds.ts';

/** Which booting instances a group ends when the desired capacity drops below what is present. */
export type PendingCancel = 'none' | 'pending' | 'pending-and-waiting';

/** What a machine does when its agent is done. */
export type Finish = 'terminate-with-decrement' | 'stop';

/** What a boot that fails does: give up its launch, or hang until the launch hook times out. */
export type BootFailure = 'abandon' | 'hang';

export const PARAMETERS = {
  launchLag: spread({
    about: 'from a change of the desired capacity to a Pending instance, per instance',
    default: { min: 1, max: 6 },
    range: [
      { min: 0, max: 2 },
      { min: 20, max: 60 },
    ],
    source: 'not published',
  }),
  pendingToRunning: spread({
    about: 'from Pending to a machine that runs; billing begins at its end',
    default: { min: 5, max: 5 },
    range: [
      { min: 3, max: 3 },
      { min: 15, max: 15 },
    ],
    source: 'https://www.daemonology.net/blog/2021-08-12-EC2-boot-time-benchmarking.html, 4.9 s',
  }),
  boot: spread({
    about:
      'from a machine that runs to the completed launch hook: system, user data, agent install',
    default: { median: 50, sigma: 0.2 },
    range: [
      { median: 20, sigma: 0.2 },
      { median: 150, sigma: 0.25 },
    ],
    source:
      'image with the agent baked in 40-60 s, stock image 150 s: ' +
      'https://github.com/github-aws-runners/terraform-aws-github-runner/issues/1766, .../4637',
  }),
  proceed: spread({
    about: 'from the completed launch hook to InService; the agent already runs meanwhile',
    default: { min: 0, max: 2 },
    range: [
      { min: 0, max: 0 },
      { min: 5, max: 15 },
    ],
    source: 'not published',
  }),
  firstClaim: spread({
    about: "from the agent's start to its first request for a task",
    default: { min: 0.5, max: 3 },
    range: [
      { min: 0.2, max: 1 },
      { min: 3, max: 10 },
    ],
    source: 'not published',
  }),
  pollPause: seconds({
    about: 'between two requests of an agent that got no task',
    default: 5,
    range: [1, 10],
    source: 'agent logs show app.backoff_ms=5000',
  }),
  exit: spread({
    about:
      "from a task's end to the terminate call, or to the power-off of a machine that just stops",
    default: { min: 2, max: 10 },
    range: [
      { min: 0.5, max: 2 },
      { min: 20, max: 60 },
    ],
    source: 'not published; depends on what the machine cleans up',
  }),
  tell: spread({
    about:
      "from a task's end to the machine's word of it: its protection given up, and an event sent",
    default: { min: 0.5, max: 2 },
    range: [
      { min: 0.2, max: 0.5 },
      { min: 3, max: 10 },
    ],
    source: 'not published; two calls of the machine, and what notices the end of the task',
  }),
  tellFailure: probability({
    about:
      "that a machine does not say that its task has ended; 1 for machines that don't know how",
    range: [0, 1],
    source: 'not published',
  }),
  terminate: spread({
    about: 'from an accepted terminate call to a machine that shuts down; billing ends at its end',
    default: { min: 0, max: 2 },
    range: [
      { min: 0, max: 0 },
      { min: 5, max: 20 },
    ],
    source: 'not published',
  }),
  shutdown: spread({
    about: 'from shutting down to terminated, when the instance leaves the group',
    default: { min: 20, max: 60 },
    range: [
      { min: 5, max: 10 },
      { min: 60, max: 180 },
    ],
    source: 'not published',
  }),
  noticeLag: spread({
    about: 'until the group sees that a machine stopped by itself; it counts as capacity meanwhile',
    default: { min: 20, max: 100 },
    range: [
      { min: 1, max: 5 },
      { min: 240, max: 360 },
    ],
    source:
      'not published; https://github.com/jenkinsci/ec2-fleet-plugin/issues/461 reports minutes',
  }),
  pendingCancel: choice<PendingCancel>({
    about: 'which booting instances end when the desired capacity drops below what is present',
    default: 'pending-and-waiting',
    range: ['none', 'pending-and-waiting'],
    choices: ['none', 'pending', 'pending-and-waiting'],
    source:
      'protection starts at InService: https://docs.aws.amazon.com/autoscaling/ec2/userguide/' +
      'ec2-auto-scaling-instance-protection.html; whether Pending ones are chosen is not said',
  }),
  finish: choice<Finish>({
    about: 'what a machine does when its agent is done',
    default: 'terminate-with-decrement',
    range: ['terminate-with-decrement', 'stop'],
    choices: ['terminate-with-decrement', 'stop'],
    source: "ours, and the machine of CircleCI's tutorial, which only powers off",
  }),
  exitCallFailure: probability({
    about: 'that the terminate call at the end fails, so that the machine only powers off',
    range: [0, 0.05],
    source: 'not published',
  }),
  hookTimeout: seconds({
    about: 'after which a launch hook that nobody completed gives the instance up (ABANDON)',
    default: 600,
    range: [300, 3600],
    source: "the launch hook's heartbeat timeout, a setting of the fleet",
  }),
  bootFailure: probability({
    about: 'that a boot never completes its launch hook',
    range: [0, 1],
    source: 'a broken image fails always, a flaky package mirror now and then',
  }),
  bootFailureWindows: windows({ about: 'in which every boot that begins fails' }),
  bootFailureMode: choice<BootFailure>({
    about: 'whether a failed boot gives its launch up or hangs until the hook times out',
    default: 'hang',
    range: ['abandon', 'hang'],
    choices: ['abandon', 'hang'],
    source: 'the user data; a hang is the dearer of the two',
  }),
  neverRegisters: probability({
    about: 'that an agent starts but never asks for a task, until the lifetime limit ends it',
    range: [0, 0.05],
    source: 'not published',
  }),
  agentCrash: probability({
    about:
      'that an agent dies at a random moment of its task; the machine then ends as after a task',
    range: [0, 0.05],
    source: 'not published',
  }),
  agentHang: probability({
    about: 'that an agent hangs with its task until the lifetime limit ends the machine',
    range: [0, 0.02],
    source: 'not published',
  }),
  lifetimeMargin: seconds({
    about:
      'by which the lifetime limit of a machine exceeds the max run time, counted from running',
    default: 900,
    range: [300, 3600],
    source: 'a setting of the fleet',
  }),
  lostTask: seconds({
    about: 'for which a task counts as running after its agent vanished',
    default: 300,
    range: [0, 3600],
    source: 'not published; the count falls at a time-out of CircleCI',
  }),
  spotInterruptions: choice<number>({
    about: 'interruptions of a spot machine, per hour that it runs',
    unit: 'per hour',
    default: 0.001,
    range: [0, 0.05],
    source:
      'https://aws.amazon.com/ec2/spot/instance-advisor/ gives shares a month, from below 5 % to ' +
      'above 20 %; per hour nothing is published',
  }),
  retryOnInterruption: choice<boolean>({
    about: 'whether an interrupted task goes back to the queue; otherwise it is lost',
    default: false,
    range: [false, true],
    choices: [false, true],
    source:
      "the agent's enable_unsafe_retries, https://circleci.com/changelog/runner-release-3-1-13/",
  }),
  releaseLag: spread({
    about: "from a task's end to the tasks that waited for it being in the queue",
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
    about: 'by which the counts CircleCI answers are old',
    default: 0,
    range: [0, 10],
    source: 'not published',
  }),
  readGap: seconds({
    about: 'between the moments at which the two counts of one class are taken',
    default: 0.2,
    range: [0, 3],
    source: 'two requests, one after the other',
  }),
  countFault: probability({
    about: 'that a read of a count fails with 503',
    range: [0, 0.2],
    source: 'not published',
  }),
  writeFault: probability({
    about: 'that a write to a group fails with ResourceContention',
    range: [0, 0.1],
    source: 'not published',
  }),
  writeThrottle: probability({
    about: 'that a write to a group fails with Throttling',
    range: [0, 0.1],
    source: 'all calls of an account share one bucket of unpublished size',
  }),
  noCapacityWindows: windows({ about: 'in which every launch fails for insufficient capacity' }),
  launchRetry: seconds({
    about: 'after which a group tries a failed launch again',
    default: 60,
    range: [15, 600],
    source: 'not published',
  }),
  minimumBilled: seconds({
    about: 'that each machine is billed at least',
    default: 60,
    range: [0, 60],
    source: 'https://aws.amazon.com/ec2/pricing/on-demand/',
  }),
} as const;

/** One value for each parameter. */
export type Parameters = {
  readonly [Name in keyof typeof PARAMETERS]: (typeof PARAMETERS)[Name]['default'];
};
