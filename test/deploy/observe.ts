/** One request to one emulator through one client, and what could be seen of it afterwards. */
import type { Answer, Call, Client } from './clients.ts';
import type { Server } from './servers.ts';

/** An instance id is known only at run time; this stands for that of the first instance of `g0`. */
export const INSTANCE = '(the first instance of g0)';

/** An ARN is, too; this stands for that of the secret `full`. */
export const SECRET_ARN = '(the ARN of full)';

/** Time passes, where an emulator has time. */
export const SETTLE = 'settle';

type Act = Call | typeof SETTLE;

/** What was answered, and the state afterwards, without what differs from run to run. */
export interface Observed {
  readonly answer: Readonly<Record<string, unknown>>;
  readonly after: unknown;
}

export interface Experiment {
  /** What comes before the request that is looked at. */
  readonly given?: readonly Act[];
  readonly call: Call;
  /** Whether the state is read at once. Default: after time has passed. */
  readonly atOnce?: boolean;
}

export async function observe(
  experiment: Experiment,
  { client, server }: { readonly client: Client; readonly server: Server },
): Promise<Observed> {
  const send = async (call: Call) => client.send(server.url, await withIds(call));
  for (const act of experiment.given ?? []) {
    if (act === SETTLE) await server.settle();
    else await send(act);
  }
  const first = await send(experiment.call);
  const answer = answered(first, experiment.call);
  if (experiment.call.operation.startsWith('Describe')) {
    return { answer, after: await pagesAfter(first, experiment.call) };
  }
  if (experiment.atOnce !== true) await server.settle();
  return { answer, after: await state(experiment.call) };

  /** The pages that follow a first one, each asked for with the token of the one before. */
  async function pagesAfter(page: Answer, call: Call): Promise<readonly unknown[]> {
    const NextToken = 'output' in page ? page.output['NextToken'] : undefined;
    if (NextToken === undefined) return [];
    const next = { ...call, input: { ...call.input, NextToken } };
    const answer = await send(next);
    return [answered(answer, next), ...(await pagesAfter(answer, next))];
  }

  async function withIds(call: Call): Promise<Call> {
    if (call.input['SecretId'] === SECRET_ARN) {
      const full = await client.send(server.url, FULL);
      const SecretId = 'output' in full ? full.output['ARN'] : undefined;
      return { ...call, input: { ...call.input, SecretId } };
    }
    if (call.input['InstanceId'] !== INSTANCE) return call;
    const [first] = groupsIn(await client.send(server.url, DESCRIBE));
    return { ...call, input: { ...call.input, InstanceId: first?.Instances?.[0]?.InstanceId } };
  }

  async function state({ service, input }: Call): Promise<unknown> {
    if (service === 'autoscaling') {
      return groupsIn(await client.send(server.url, DESCRIBE))
        .slice(0, 1)
        .map(groupFacts);
    }
    const secret = { service, operation: 'GetSecretValue', input: { SecretId: input['SecretId'] } };
    return answered(await send(secret), secret);
  }
}

const FULL: Call = {
  service: 'secretsmanager',
  operation: 'GetSecretValue',
  input: { SecretId: 'full' },
};

const DESCRIBE: Call = {
  service: 'autoscaling',
  operation: 'DescribeAutoScalingGroups',
  input: { AutoScalingGroupNames: ['g0'] },
};

interface Group {
  readonly AutoScalingGroupName?: string;
  readonly MinSize?: number;
  readonly MaxSize?: number;
  readonly DesiredCapacity?: number;
  readonly NewInstancesProtectedFromScaleIn?: boolean;
  readonly Instances?: readonly {
    readonly InstanceId?: string;
    readonly LifecycleState?: string;
    readonly HealthStatus?: string;
    readonly ProtectedFromScaleIn?: boolean;
  }[];
  readonly SuspendedProcesses?: readonly { readonly ProcessName?: string }[];
  readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
}

function groupsIn(answer: Answer): readonly Group[] {
  return 'output' in answer ? ((answer.output['AutoScalingGroups'] ?? []) as readonly Group[]) : [];
}

const ascending = (one: string, other: string) => one.localeCompare(other);

/** Ids, times, ARNs and request ids are left out: they differ between two runs of the same emulator. */
function groupFacts(group: Group) {
  return {
    name: group.AutoScalingGroupName,
    min: group.MinSize,
    max: group.MaxSize,
    desired: group.DesiredCapacity,
    protectsNew: group.NewInstancesProtectedFromScaleIn,
    suspended: (group.SuspendedProcesses ?? [])
      .map(({ ProcessName }) => String(ProcessName))
      .sort(ascending),
    instances: (group.Instances ?? []).map(
      ({ LifecycleState, HealthStatus, ProtectedFromScaleIn }) =>
        `${LifecycleState} ${HealthStatus} ${ProtectedFromScaleIn ? 'protected' : 'unprotected'}`,
    ),
    tags: (group.Tags ?? []).map(({ Key, Value }) => `${Key}=${Value}`).sort(ascending),
  };
}

/** The texts of errors are left out too, as neither emulator claims them all; codes and status count. */
function answered(answer: Answer, { operation }: Call): Observed['answer'] {
  if (!('output' in answer)) return { status: answer.status, code: answer.code };
  const { status, output } = answer;
  switch (operation) {
    case 'DescribeAutoScalingGroups':
      return {
        status,
        groups: groupsIn(answer).map(groupFacts),
        more: output['NextToken'] !== undefined,
      };
    case 'TerminateInstanceInAutoScalingGroup': {
      const activity = output['Activity'] as { StatusCode?: string; Progress?: number };
      return { status, activity: [activity.StatusCode, activity.Progress] };
    }
    case 'GetSecretValue':
      return {
        status,
        name: output['Name'],
        value: output['SecretString'],
        stages: output['VersionStages'],
      };
    case 'PutSecretValue':
      return { status, name: output['Name'], stages: output['VersionStages'] };
    default:
      return { status, output };
  }
}
