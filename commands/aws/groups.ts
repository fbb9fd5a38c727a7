/** The groups of a scaler as an operator sees and changes them, with the operator's own credentials. */
import {
  type AutoScalingClient,
  type AutoScalingGroup,
  CreateOrUpdateTagsCommand,
  DeleteTagsCommand,
  type Instance,
  paginateDescribeAutoScalingGroups,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  decodeSchedules,
  encodeHold,
  errorFacts,
  type Hold,
  MAX_FLEET_SIZE,
  type Schedule,
  TAG,
} from '../../lambda/scaler/contract.ts';
import { asking as askingOnce, AwsError } from './refusal.ts';

export interface OperatedGroup {
  readonly group: string;
  readonly resourceClass: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** The value of the tag `runner-scaler:hold`. */
  readonly hold: string | undefined;
  /** Those of its tag; none where it is not understood. */
  readonly schedules: readonly Schedule[];
  /** The value of the tag `runner-scaler:hold-back`. */
  readonly holdBack: string | undefined;
  /** Every scaling process that is suspended, with AWS's words on it. */
  readonly suspended: readonly Suspended[];
  /** Why the process Launch is suspended, in AWS's words; undefined where it is not. */
  readonly launchSuspended: string | undefined;
  /** AWS is deleting it: its sizes are 0, and it takes no tags. */
  readonly deleting: boolean;
  readonly zones: readonly string[];
  readonly machines: readonly Machine[];
}

export interface Suspended {
  readonly process: string;
  readonly because: string;
}

export interface Machine {
  readonly id: string;
  readonly stage: 'boots' | 'serves' | 'is-done' | 'ends';
  /** False where it is sure that no job is on it. */
  readonly mayHoldTask: boolean;
}

/** What a command needs of the groups of one scaler. Every method throws an AwsError. */
export interface OperatedGroups {
  list(): Promise<readonly OperatedGroup[]>;
  /** Nothing is launched any more, neither by the scaler nor by the group. May be done again. */
  hold(group: string): Promise<void>;
  /** Takes the hold back. May be done again. */
  release(group: OperatedGroup): Promise<void>;
  /** Writes the tag of a hold, and nothing else. May be done again. */
  writeHold(group: string, hold: Hold): Promise<void>;
  /** Takes a hold back that is not a drain's: the tag alone. */
  removeHold(group: string): Promise<void>;
  /** Ends a machine with what runs on it; does nothing where it has ended by itself. */
  end(machine: string): Promise<void>;
}

export interface OperatedGroupsOptions {
  readonly client: AutoScalingClient;
  /** The scaler's name, by which its groups are found. */
  readonly name: string;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A group is busy with another change for a moment; the SDK itself tries only some of these again. */
const BUSY = /^(ScalingActivityInProgress|ResourceContention)/;
const TRIES = 8;
const BUSY_PAUSE_MS = 2_000;

/** A launch that was asked for before Launch was suspended has come, or never will. */
const UNDER_WAY_MS = 5 * 60_000;

export function operatedGroups(options: OperatedGroupsOptions): OperatedGroups {
  const { client, name, now, sleep } = options;

  async function asking<T>(call: string, send: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await askingOnce(`autoscaling:${call}`, send);
      } catch (error) {
        if (!BUSY.test(causeOf(error)) || tries === TRIES) throw error;
        await sleep(BUSY_PAUSE_MS);
      }
    }
  }

  const tag = (group: string) => ({
    ResourceId: group,
    ResourceType: 'auto-scaling-group',
    Key: TAG.hold,
  });

  async function removeHold(group: string): Promise<void> {
    await asking('DeleteTags', async () =>
      client.send(new DeleteTagsCommand({ Tags: [tag(group)] })),
    );
  }

  async function writeHold(group: string, hold: Hold): Promise<void> {
    const Value = encodeHold(hold);
    try {
      await asking('CreateOrUpdateTags', async () =>
        client.send(
          new CreateOrUpdateTagsCommand({
            Tags: [{ ...tag(group), Value, PropagateAtLaunch: false }],
          }),
        ),
      );
    } catch (error) {
      if (!causeOf(error).startsWith('LimitExceeded')) throw error;
      throw new AwsError(
        'other',
        `the group ${group} has as many tags as AWS allows (50), and needs one for the hold; remove one whose name does not begin with runner-scaler:, and repeat the command`,
        { cause: error },
      );
    }
  }

  return {
    list: async () => (await groupsTagged(client, { key: TAG.name, value: name })).map(readGroup),

    async hold(group) {
      // The tag first: wherever this is interrupted, `release` finds what it has to take back.
      await writeHold(group, { kind: 'drain' });
      // The tag takes effect with the scaler's next pass; this at once, no matter who writes the capacity.
      await asking('SuspendProcesses', async () =>
        client.send(
          new SuspendProcessesCommand({
            AutoScalingGroupName: group,
            ScalingProcesses: ['Launch'],
          }),
        ),
      );
    },

    async release({ group, min, desired, launchSuspended, machines }) {
      const present = machines.filter(({ stage }) => stage !== 'ends').length;
      const kept = Math.max(min, present);
      // Otherwise the group would at once launch what it owed when it was drained, wanted or not.
      if (desired > kept && now() - suspendedAt(launchSuspended, now()) > UNDER_WAY_MS) {
        await asking('SetDesiredCapacity', async () =>
          client.send(
            new SetDesiredCapacityCommand({ AutoScalingGroupName: group, DesiredCapacity: kept }),
          ),
        );
      }
      await asking('ResumeProcesses', async () =>
        client.send(
          new ResumeProcessesCommand({ AutoScalingGroupName: group, ScalingProcesses: ['Launch'] }),
        ),
      );
      await removeHold(group);
    },

    writeHold,
    removeHold,

    async end(machine) {
      const told = async (decrement: boolean) =>
        asking('TerminateInstanceInAutoScalingGroup', async () =>
          client.send(
            new TerminateInstanceInAutoScalingGroupCommand({
              InstanceId: machine,
              ShouldDecrementDesiredCapacity: decrement,
            }),
          ),
        );
      try {
        await told(true);
      } catch (error) {
        if (isGone(error)) return;
        // At the group's minimum. Without its place it is not replaced either: Launch is suspended.
        if (!/minSize|min size/i.test(errorFacts(error).message)) throw error;
        await told(false).catch((again: unknown) => {
          if (!isGone(again)) throw again;
        });
      }
    },
  };
}

/** AWS's name of it. */
function causeOf(error: unknown): string {
  return errorFacts(error instanceof AwsError ? error.cause : error).name;
}

function isGone(error: unknown): boolean {
  return /instance.*not found|no managed instance/i.test(errorFacts(error).message);
}

/** Every group with a tag of a value, as AWS describes it. */
export async function groupsTagged(
  client: AutoScalingClient,
  { key, value }: { readonly key: string; readonly value: string },
): Promise<readonly AutoScalingGroup[]> {
  const pages = paginateDescribeAutoScalingGroups(
    { client },
    { Filters: [{ Name: `tag:${key}`, Values: [value] }], MaxRecords: 100 },
  );
  return askingOnce('autoscaling:DescribeAutoScalingGroups', async () => {
    const found: AutoScalingGroup[] = [];
    for await (const { AutoScalingGroups = [] } of pages) found.push(...AutoScalingGroups);
    return found;
  });
}

function readGroup(raw: AutoScalingGroup): OperatedGroup {
  const tagged = (key: string) => raw.Tags?.find(({ Key }) => Key === key)?.Value;
  const suspended = (raw.SuspendedProcesses ?? []).map(
    ({ ProcessName: process = '', SuspensionReason: because = NO_REASON }) => ({
      process,
      because,
    }),
  );
  return {
    group: raw.AutoScalingGroupName ?? '',
    resourceClass: tagged(TAG.resourceClass) ?? '',
    min: raw.MinSize ?? 0,
    max: raw.MaxSize ?? 0,
    desired: raw.DesiredCapacity ?? 0,
    schedules: decodeSchedules(tagged(TAG.schedule) ?? '', MAX_FLEET_SIZE) ?? [],
    hold: tagged(TAG.hold),
    holdBack: tagged(TAG.holdBack),
    suspended,
    launchSuspended: suspended.find(({ process }) => process === 'Launch')?.because,
    deleting: raw.Status !== undefined,
    zones: raw.AvailabilityZones ?? [],
    machines: (raw.Instances ?? []).map(readMachine),
  };
}

const NO_REASON = 'for a reason that AWS does not give';

/** Before its launch hook is completed no agent runs; a machine gives up its protection after its task. */
function readMachine({
  InstanceId: id = '',
  LifecycleState,
  HealthStatus: health,
  ProtectedFromScaleIn: isProtected,
}: Instance): Machine {
  const state: string = LifecycleState ?? '';
  if (state.startsWith('Terminat')) return { id, stage: 'ends', mayHoldTask: false };
  const isUp = health !== 'Unhealthy';
  if (state.startsWith('Pending')) {
    return { id, stage: 'boots', mayHoldTask: isUp && state === 'Pending:Proceed' };
  }
  const isDone = isProtected === false && state === 'InService';
  return { id, stage: isDone ? 'is-done' : 'serves', mayHoldTask: isUp && !isDone };
}

/** When Launch was suspended, as AWS writes it: `User suspended at 2026-03-02T08:00:00Z`. */
function suspendedAt(reason: string | undefined, otherwise: number): number {
  const [text = ''] = /\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(reason ?? '') ?? [];
  const at = Date.parse(text);
  return Number.isNaN(at) ? otherwise : at;
}
