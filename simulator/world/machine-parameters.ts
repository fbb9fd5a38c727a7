/** What machines and their agents do, and what goes wrong with them. */
import { choice, probability, seconds, spread, windows } from './parameter-kinds.ts';

/** What a machine does when its agent is done. */
export type Finish = 'terminate-with-decrement' | 'stop';

export const MACHINE_PARAMETERS = {
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
    source:
      "CircleCI's agent logs app.backoff_ms=5000; of GitLab's, check_interval in runner-userdata is 3 s",
  }),
  requestHeld: seconds({
    about:
      'for which the CI system holds the request of an agent for which there is no task: one that comes meanwhile is ' +
      'claimed at once, and an agent that has been idle for too long ends only after its request',
    default: 0,
    range: [0, 50],
    source:
      "GitLab's long polling: 50 s at gitlab.com, off in a GitLab of one's own unless an administrator sets it: " +
      'https://docs.gitlab.com/ci/runners/long_polling/',
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
  wordLoss: probability({
    about: "that a machine's last word, how it ended, does not reach the scaler",
    range: [0, 0.2],
    source: 'EventBridge delivers at least once, and the machine sends it once, beside its end',
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
  spotInterruptions: choice<number>({
    about: 'interruptions of a spot machine, per hour that it runs',
    unit: 'per hour',
    default: 0.001,
    range: [0, 0.05],
    source:
      'https://aws.amazon.com/ec2/spot/instance-advisor/ gives shares a month, from below 5 % to ' +
      'above 20 %; per hour nothing is published',
  }),
} as const;
