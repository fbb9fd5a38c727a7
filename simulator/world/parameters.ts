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

/** Which of the free containers Lambda gives an invocation to. */
export type Routing = 'most-recent' | 'round-robin' | 'random';

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
  report: spread({
    about:
      "from a task's end to its agent's word of it to CircleCI; ended before it, the task is lost",
    default: { min: 0.2, max: 1 },
    range: [
      { min: 0, max: 0 },
      { min: 3, max: 10 },
    ],
    source: 'not published',
  }),
  exit: spread({
    about:
      "from the agent's word to the terminate call, or to the power-off of a machine that just stops",
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
  lostAnswer: probability({
    about:
      'that the terminate call takes effect and its answer is lost, so that the machine repeats it',
    range: [0, 0.05],
    source: 'not published',
  }),
  repeatAfter: spread({
    about:
      'from a terminate call whose answer was lost to its repetition, if the machine still runs',
    default: { min: 0.2, max: 2 },
    range: [
      { min: 0, max: 0.2 },
      { min: 5, max: 10 },
    ],
    source: 'not published; a broken connection shows at once, a lost packet at a time-out',
  }),
  repeatDecrements: choice<boolean>({
    about: 'whether a repeated terminate call lowers the desired capacity once more',
    default: true,
    range: [false, true],
    choices: [false, true],
    source: 'not published: nothing says what the call does to an instance that is Terminating',
  }),
  hookTimeout: seconds({
    about: 'after which a launch hook that nobody completed gives the instance up (ABANDON)',
    default: 600,
    range: [300, 3600],
    source: "the launch hook's heartbeat timeout, a setting of the fleet",
  }),
  bootFailure: probability({
    about: 'that a boot fails and gives its launch up (ABANDON); the group replaces it at once',
    range: [0, 1],
    source: 'a broken image fails always, a flaky package mirror now and then',
  }),
  bootFailureWindows: windows({ about: 'in which every boot that begins fails' }),
  bootHang: probability({
    about: 'that a boot hangs until the launch hook times out, where there is one',
    range: [0, 1],
    source: 'a mirror that never answers, a volume that never comes',
  }),
  bootHangWindows: windows({ about: 'in which every boot that begins hangs' }),
  neverRegisters: probability({
    about: 'that an agent starts but never asks for a task, until the lifetime limit ends it',
    range: [0, 0.05],
    source: 'not published',
  }),
  agentDeath: probability({
    about: 'that an agent dies after its start; the machine then ends as after a task',
    range: [0, 1],
    source: 'a wrong token, a version that is refused, too little memory',
  }),
  agentDeathAfter: spread({
    about: 'from the start of an agent that dies to its death',
    default: { min: 0, max: 60 },
    range: [
      { min: 0, max: 0 },
      { min: 60, max: 300 },
    ],
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
  foreignClaim: spread({
    about: "from the release of a task that runs elsewhere to its claim by a machine of nobody's",
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
    about: 'by which the counts CircleCI answers are old',
    default: 0,
    range: [0, 10],
    source: 'not published',
  }),
  callTime: spread({
    about:
      'that each call of a controller takes, to CircleCI or to AWS; it does its work at the end of it. ' +
      'A pass of describe, two counts and a write takes four times as long',
    default: { min: 0.1, max: 0.3 },
    range: [
      { min: 0.05, max: 0.05 },
      { min: 0.65, max: 0.65 },
    ],
    source: 'not published',
  }),
  schedulePhase: spread({
    about:
      "from the world's start to the first turn of a schedule, drawn once for each; modulo its period",
    default: { min: 0, max: 60 },
    range: [
      { min: 0, max: 0 },
      { min: 60, max: 60 },
    ],
    source:
      'EventBridge fires somewhere within the minute: ' +
      'https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html',
  }),
  eventLag: spread({
    about: 'from an event of a machine or a group to the invocation it leads to',
    default: { min: 1, max: 2 },
    range: [
      { min: 0.5, max: 0.5 },
      { min: 3, max: 10 },
    ],
    source: 'not published; EventBridge, and the start of an invocation',
  }),
  containers: choice<number>({
    about:
      'containers of the function that are always there, each with a memory of its own; when all are ' +
      'busy there comes a further one',
    unit: 'containers',
    default: 1,
    range: [1, 4],
    source: 'not published: Lambda keeps as many as it likes',
  }),
  containerIdle: seconds({
    about: 'without an invocation, after which a further container is taken away',
    default: 600,
    range: [300, 3600],
    source: 'not published',
  }),
  routing: choice<Routing>({
    about: 'which of the free containers an invocation is given to',
    default: 'random',
    range: ['most-recent', 'round-robin'],
    choices: ['most-recent', 'round-robin', 'random'],
    source: 'not published',
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
  maxZeroWindows: windows({
    about:
      'in which an operator has set the maximum of the group to 0, as a stack that is deleted has',
  }),
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
