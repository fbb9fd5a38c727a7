/**
 * A group's record of its launches and ends, in AWS's words.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/CHAP_Troubleshooting.html
 */

export interface ActivityState {
  readonly id: string;
  readonly description: string;
  readonly cause: string;
  readonly status: 'Successful' | 'Failed' | 'Cancelled' | 'InProgress';
  readonly sentence: string | undefined;
  /** Milliseconds since the epoch; undefined while it is under way. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

export interface ActivityLog {
  /** Newest first. */
  readonly newest: () => readonly ActivityState[];
  launchBegan(instance: string): void;
  /** The machine is in service, or its launch failed for the reason. */
  launchEnded(instance: string, reason?: LaunchEnd): void;
  /** There is no machine. */
  launchRefused(): void;
  endBegan(instance: string, decrements: boolean): void;
}

export type LaunchEnd = 'abandoned' | 'timed-out' | 'died' | 'scaled-in';

/** Kept at most; AWS keeps six weeks. */
const MOST = 2_000;

const ENDS: Readonly<Record<LaunchEnd, Pick<ActivityState, 'status' | 'sentence'>>> = {
  abandoned: {
    status: 'Cancelled',
    sentence: abandoned('Lifecycle Action Completed with ABANDON Result'),
  },
  'timed-out': { status: 'Cancelled', sentence: abandoned('Heartbeat Timeout') },
  died: {
    status: 'Failed',
    sentence:
      'Instance became unhealthy while waiting for instance to be in InService state. Termination ' +
      'Reason: Client.InstanceInitiatedShutdown: Instance initiated shutdown',
  },
  // Not documented; what is known is that it is not said to be abandoned.
  'scaled-in': { status: 'Cancelled', sentence: 'The launch was cancelled by a scale in.' },
};

function abandoned(why: string): string {
  return (
    "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token " +
    `00000000-0000-4000-8000-000000000000 was abandoned: ${why}`
  );
}

const NO_CAPACITY =
  'We currently do not have sufficient capacity in the Availability Zone you requested. Our system will ' +
  'be working on provisioning additional capacity. Launching EC2 instance failed.';

export function createActivityLog(now: () => number): ActivityLog {
  let log: ActivityState[] = [];
  let number = 0;

  function note(what: Omit<ActivityState, 'id' | 'startedAt'>): number {
    number += 1;
    log.push({ id: `activity-${number}`, startedAt: now(), ...what });
    if (log.length > 2 * MOST) {
      first += log.length - MOST;
      log = log.slice(-MOST);
    }
    return number - 1;
  }

  /** The number of the oldest that is kept, and of each launch that is under way. */
  let first = 0;
  const launches = new Map<string, number>();

  return {
    newest: () => log.slice(-MOST).toReversed(),
    launchBegan(instance) {
      launches.set(
        instance,
        note({
          description: `Launching a new EC2 instance: ${instance}`,
          cause:
            'an instance was started in response to a difference between desired and actual capacity.',
          status: 'InProgress',
          sentence: undefined,
          endedAt: undefined,
        }),
      );
    },
    launchEnded(instance, reason) {
      const place = launches.get(instance);
      if (place === undefined) return;
      launches.delete(instance);
      const begun = log[place - first];
      if (begun === undefined) return;
      const end = reason === undefined ? ({ status: 'Successful' } as const) : ENDS[reason];
      log[place - first] = { ...begun, ...end, endedAt: now() };
    },
    launchRefused() {
      note({
        description: 'Launching a new EC2 instance.  Status Reason: insufficient capacity',
        cause:
          'an instance was started in response to a difference between desired and actual capacity.',
        status: 'Failed',
        sentence: NO_CAPACITY,
        endedAt: now(),
      });
    },
    endBegan(instance, decrements) {
      note({
        description: `Terminating EC2 instance: ${instance}`,
        cause: decrements
          ? `instance ${instance} was taken out of service in response to a user request, shrinking the capacity.`
          : `instance ${instance} was taken out of service.`,
        status: 'Successful',
        sentence: undefined,
        endedAt: now(),
      });
    },
  };
}
