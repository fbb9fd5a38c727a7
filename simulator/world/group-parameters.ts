/** What an Auto Scaling group does with what it is asked for, and how long it takes. */
import { choice, probability, seconds, spread, windows } from './parameter-kinds.ts';

/** Which booting instances a group ends when the desired capacity drops below what is present. */
export type PendingCancel = 'none' | 'pending' | 'pending-and-waiting';

/** What becomes of launches that were asked for when the process Launch is suspended. */
export type LaunchesUnderWay = 'come' | 'are-dropped';

/** Which unprotected instances a group ends first. */
export type ScaleInPicks = 'in-service' | 'booting';

export const GROUP_PARAMETERS = {
  launchLag: spread({
    about: 'from a change of the desired capacity to a Pending instance, per instance',
    default: { min: 1, max: 6 },
    range: [
      { min: 0, max: 2 },
      { min: 20, max: 60 },
    ],
    source: 'not published',
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
  scaleInPicks: choice<ScaleInPicks>({
    about: 'which of its unprotected instances a group ends first when it scales in',
    default: 'in-service',
    range: ['in-service', 'booting'],
    choices: ['in-service', 'booting'],
    source:
      'not published: the default termination policy goes by zone, template and age, ' +
      'https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html',
  }),
  launchesUnderWay: choice<LaunchesUnderWay>({
    about: 'what becomes of launches that were asked for when the process Launch is suspended',
    default: 'come',
    range: ['are-dropped', 'come'],
    choices: ['come', 'are-dropped'],
    source:
      'not published: https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html ' +
      'speaks of launches that begin later',
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
  lastUse: choice<number>({
    about:
      "before the world's start, since every class had its last task, as the tags of the groups say; a class " +
      'that had none for 14 days is read once a minute',
    unit: 'days',
    default: 1,
    range: [0, 365],
    source: 'how the user works; most classes of a team have tasks on each working day',
  }),
  minimumBilled: seconds({
    about: 'that each machine is billed at least',
    default: 60,
    range: [0, 60],
    source: 'https://aws.amazon.com/ec2/pricing/on-demand/',
  }),
} as const;
