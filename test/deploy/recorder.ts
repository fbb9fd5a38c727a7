/** A proxy in front of moto that writes down every call as IAM would see it. */
import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { TAG } from '../../lambda/scaler/contract.ts';
import { ACCOUNT, REGION } from './moto.ts';

/** One call of one caller. */
export interface RecordedCall {
  /** Whose access key it was made with. */
  readonly accessKeyId: string;
  readonly service: string;
  /** `service:Action`, as policies name it. */
  readonly action: string;
  /** The ARN it is about, or `*` where the service knows no smaller resource for the action. */
  readonly resource: string;
  /** Condition keys. */
  readonly context: Readonly<Record<string, string>>;
  readonly input: Readonly<Record<string, unknown>>;
  /** The resource class of the group or machine it is about. */
  readonly resourceClass: string | undefined;
  /** The group as it was before the call. */
  readonly group: { readonly min: number; readonly max: number } | undefined;
  status: number;
}

export interface Recorder {
  readonly url: string;
  readonly calls: readonly RecordedCall[];
  /** Instances that a question about themselves shows as booting: moto's are in service at once. */
  readonly booting: Set<string>;
  end(): Promise<void>;
}

export async function startRecorder(target: string): Promise<Recorder> {
  const calls: RecordedCall[] = [];
  const booting = new Set<string>();
  const describe = await describer(target);
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of incoming) parts.push(part as Buffer);
      const body = Buffer.concat(parts);
      const call = await describe(incoming, body.toString('utf8'));
      calls.push(call);
      const forwarded = httpRequest(
        `${target}${incoming.url}`,
        { method: incoming.method, headers: incoming.headers },
        (answer) => {
          call.status = answer.statusCode ?? 0;
          if (booting.has(String(call.input['InstanceIds.member.1']))) {
            void passOnAsBooting(answer, outgoing);
            return;
          }
          outgoing.writeHead(call.status, answer.headers);
          answer.pipe(outgoing);
        },
      );
      forwarded.on('error', (error) => void outgoing.writeHead(502).end(String(error)));
      forwarded.end(body);
    })().catch((error: unknown) => void outgoing.writeHead(502).end(String(error)));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    booting,
    end: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function passOnAsBooting(answer: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const body = Buffer.concat(parts).toString('utf8').replace('>InService<', '>Pending:Wait<');
  const headers = { ...answer.headers, 'content-length': String(Buffer.byteLength(body)) };
  outgoing.writeHead(answer.statusCode ?? 0, headers).end(body);
}

/** Actions for which the service authorisation reference names no resource type. */
const WITHOUT_RESOURCE = /^autoscaling:Describe/;

async function describer(endpoint: string) {
  const client = {
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'AKIARECORDER', secretAccessKey: 'not-a-secret' },
  };
  const autoScaling = new AutoScalingClient(client);
  const secretsManager = new SecretsManagerClient(client);

  return async ({ headers }: IncomingMessage, body: string): Promise<RecordedCall> => {
    const [, accessKeyId = '', service = ''] =
      /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
    const target = headers['x-amz-target'];
    const input: Record<string, unknown> =
      target === undefined
        ? Object.fromEntries(new URLSearchParams(body))
        : (JSON.parse(body) as Record<string, unknown>);
    const name = target === undefined ? input['Action'] : String(target).split('.').at(-1);
    const action = `${service}:${String(name)}`;
    const call = { accessKeyId, service, action, input, status: 0 };
    const unknown = { context: {}, group: undefined, resourceClass: undefined };
    if (WITHOUT_RESOURCE.test(action)) return { ...call, ...unknown, resource: '*' };
    if (service === 'autoscaling') return { ...call, ...groupFacts(await groupOf(input), input) };
    if (service === 'secretsmanager') {
      return { ...call, ...unknown, ...(await secretFacts(input)) };
    }
    if (service === 'sqs') return { ...call, ...unknown, ...queueFacts(input, action) };
    if (service === 'events') return { ...call, ...unknown, ...(await eventFacts(input)) };
    return { ...call, ...unknown, resource: 'unknown' };
  };

  /** Of one call that sends events to the default bus, each about one machine. */
  async function eventFacts({ Entries }: Record<string, unknown>) {
    const entries = Entries as readonly { Source: string; DetailType: string; Detail: string }[];
    const details = JSON.parse(entries[0]?.Detail ?? '{}') as Record<string, unknown>;
    const group = await groupOf({ InstanceId: details['instance-id'] });
    return {
      resource: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`,
      context: {
        'events:source': entries.map(({ Source }) => Source).join(','),
        'events:detail-type': entries.map(({ DetailType }) => DetailType).join(','),
      },
      resourceClass: classOf(group),
    };
  }

  async function groupOf(input: Record<string, unknown>): Promise<AutoScalingGroup | undefined> {
    const { AutoScalingGroups = [] } = await autoScaling.send(
      new DescribeAutoScalingGroupsCommand({}),
    );
    return AutoScalingGroups.find(
      ({ AutoScalingGroupName, Instances = [] }) =>
        AutoScalingGroupName === input['AutoScalingGroupName'] ||
        AutoScalingGroupName === input['Tags.member.1.ResourceId'] ||
        Instances.some(({ InstanceId }) => InstanceId === input['InstanceId']),
    );
  }

  async function secretFacts(input: Record<string, unknown>) {
    const secret = await secretsManager.send(
      new DescribeSecretCommand({ SecretId: String(input['SecretId']) }),
    );
    const context: Record<string, string> = {};
    for (const { Key = '', Value = '' } of secret.Tags ?? []) {
      context[`aws:ResourceTag/${Key}`] = Value;
    }
    return { resource: secret.ARN ?? 'unknown', context };
  }
}

/** A batch is sent by the right to send. */
function queueFacts({ QueueUrl }: Record<string, unknown>, action: string) {
  const name = new URL(String(QueueUrl)).pathname.split('/').at(-1);
  return {
    action: action.replace(/Batch$/, ''),
    resource: `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`,
  };
}

function classOf(group: AutoScalingGroup | undefined): string | undefined {
  return group?.Tags?.find(({ Key }) => Key === TAG.resourceClass)?.Value;
}

function groupFacts(group: AutoScalingGroup | undefined, input: Record<string, unknown>) {
  const context: Record<string, string> = {};
  for (const { Key = '', Value = '' } of group?.Tags ?? []) {
    context[`aws:ResourceTag/${Key}`] = Value;
    context[`autoscaling:ResourceTag/${Key}`] = Value;
  }
  const keys = Object.entries(input)
    .filter(([name]) => /^Tags\.member\.\d+\.Key$/.test(name))
    .map(([, key]) => String(key));
  if (keys.length > 0) context['aws:TagKeys'] = keys.join(',');
  return {
    resource: group?.AutoScalingGroupARN ?? 'unknown',
    context,
    resourceClass: classOf(group),
    group: group && { min: group.MinSize ?? 0, max: group.MaxSize ?? 0 },
  };
}
