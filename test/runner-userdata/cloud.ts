/**
 * Stand-ins on loopback for all that an instance talks to: the metadata service, Secrets Manager, Auto
 * Scaling, EventBridge, CloudWatch Logs and the host of the agent's releases. They refuse what the real
 * ones refuse.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const INSTANCE_ID = 'i-0123456789abcdef0';
export const RUNNER_TOKEN = 'f00dcafe-runner-token-f00dcafe';
/** The secret that the stack makes, by the role's name, and one of the user's. */
export const ROLE_SECRET = 'runner-scaler/fleet-role';
export const OWN_SECRET = 'arn:aws:secretsmanager:eu-north-1:123456789012:secret:linux-AbCdEf';
const SECRET_IDS = new Set([ROLE_SECRET, OWN_SECRET]);
const IMDS_TOKEN = 'imds-session-token';
const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const SESSION_TOKEN = 'session//token+of/the=role==';

/** None of these may be seen by anybody but root. */
export const SECRETS = [RUNNER_TOKEN, IMDS_TOKEN, SECRET_KEY, SESSION_TOKEN];

export interface Reply {
  readonly status: number;
  readonly body: string | Buffer;
}

export const ok = (body: string | Buffer = ''): Reply => ({ status: 200, body });

/** Refusal in the form of Auto Scaling's Query protocol. */
export const refusal = (status: number, code: string, message = ''): Reply => ({
  status,
  body: `<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

export const MIN_SIZE_REFUSAL = refusal(
  400,
  'ValidationError',
  "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
);

export const NO_ACTIVE_ACTION = refusal(
  400,
  'ValidationError',
  `No active Lifecycle Action found with instance ID ${INSTANCE_ID}`,
);

/**
 * What becomes of a call: the usual answer, another one, none because nothing was done, or none although
 * everything was done.
 */
export type Fate = Reply | 'reset' | 'lost' | undefined;

/** What a test makes different. */
export interface CloudOptions {
  readonly imds?: (path: string) => Fate;
  readonly secret?: (body: string) => Fate;
  readonly autoscaling?: (parameters: URLSearchParams) => Fate;
  /** Calls of EventBridge. */
  readonly events?: (body: string) => Fate;
  /** Calls of CloudWatch Logs. */
  readonly logs?: (action: string) => Fate;
  readonly releases?: (path: string) => Fate;
}

export interface PutEvent {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

export interface Cloud {
  readonly url: string;
  /** Every call, in words, in order. */
  onEvent: (event: string) => void;
  /** What the machine's group means it to be, which its metadata say. */
  targetState: string;
  readonly autoscalingCalls: URLSearchParams[];
  readonly events: PutEvent[];
  readonly logEvents: { readonly timestamp: number; readonly message: string }[];
  /** Metadata entries beyond the usual ones. */
  readonly metadata: Map<string, string>;
  close(): Promise<void>;
}

const METADATA: Readonly<Record<string, string>> = {
  'instance-id': INSTANCE_ID,
  'placement/region': 'eu-north-1',
  'services/domain': 'amazonaws.com',
  'instance-life-cycle': 'on-demand',
  'iam/security-credentials/': 'fleet-role',
  // With line breaks, as the real one.
  'iam/security-credentials/fleet-role': JSON.stringify(
    {
      Code: 'Success',
      AccessKeyId: 'ASIAEXAMPLE',
      SecretAccessKey: SECRET_KEY,
      Token: SESSION_TOKEN,
    },
    undefined,
    2,
  ),
};

export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const server = createServer((request, response) => {
    void respond(request, response);
  });

  async function respond(request: IncomingMessage, response: ServerResponse) {
    let body = '';
    for await (const part of request) body += String(part);
    const reply = answer(request, body);
    if (reply === 'reset') request.socket.destroy();
    else response.writeHead(reply.status).end(reply.body);
  }

  function decide(fate: Fate, usual: () => Reply): Reply | 'reset' {
    if (fate === 'lost') usual();
    return fate === 'lost' ? 'reset' : (fate ?? usual());
  }

  function answer(request: IncomingMessage, body: string): Reply | 'reset' {
    const path = request.url ?? '';
    if (path.startsWith('/latest/')) {
      return decide(options.imds?.(path), () => metadata(request, path));
    }
    if (path.startsWith('/circleci-runner/')) {
      cloud.onEvent(`download ${path}`);
      return decide(options.releases?.(path), () => releases(path));
    }
    const service = signedService(request);
    if (service === 'autoscaling') return autoscaling(new URLSearchParams(body));
    const [api = '', action = ''] = String(request.headers['x-amz-target']).split('.');
    if (service === undefined || API[service] !== api) {
      return { status: 403, body: 'MissingAuthenticationToken' };
    }
    cloud.onEvent(action);
    if (request.headers['content-type'] !== 'application/x-amz-json-1.1') return bad('type');
    const fates = { secretsmanager: options.secret, events: options.events, logs: options.logs };
    const fate = fates[service as keyof typeof fates]?.(service === 'logs' ? action : body);
    return decide(fate, () => jsonCall(action, JSON.parse(body)));
  }

  function autoscaling(parameters: URLSearchParams): Reply | 'reset' {
    const action = parameters.get('Action');
    const detail =
      parameters.get('LifecycleActionResult') ??
      parameters.get('ShouldDecrementDesiredCapacity') ??
      parameters.get('ProtectedFromScaleIn');
    cloud.onEvent(`${action} ${detail}`);
    cloud.autoscalingCalls.push(parameters);
    return decide(options.autoscaling?.(parameters), () => {
      if (parameters.get('Version') !== '2011-01-01') return bad('version');
      if (action === 'CompleteLifecycleAction') {
        if (launched) return NO_ACTIVE_ACTION;
        launched = true;
      }
      if (action === 'TerminateInstanceInAutoScalingGroup') cloud.targetState = 'Terminated';
      if (action === 'DetachInstances') cloud.targetState = 'Detached';
      return ok('<Response/>');
    });
  }

  function jsonCall(action: string, input: JsonInput): Reply {
    switch (action) {
      case 'GetSecretValue':
        return SECRET_IDS.has(input.SecretId ?? '')
          ? ok(JSON.stringify({ SecretString: RUNNER_TOKEN }))
          : { status: 400, body: '{"__type":"ResourceNotFoundException"}' };
      case 'PutEvents':
        cloud.events.push(...(input.Entries ?? []));
        return ok('{"Entries":[{"EventId":"7c5e"}],"FailedEntryCount":0}');
      case 'CreateLogStream':
        return ok('{}');
      case 'PutLogEvents':
        cloud.logEvents.push(...(input.logEvents ?? []));
        return ok('{}');
      default:
        return bad('action');
    }
  }

  function metadata(request: IncomingMessage, path: string): Reply {
    if (path === '/latest/api/token') {
      const ttl = request.headers['x-aws-ec2-metadata-token-ttl-seconds'];
      return request.method === 'PUT' && ttl ? ok(IMDS_TOKEN) : { status: 400, body: '' };
    }
    if (request.headers['x-aws-ec2-metadata-token'] !== IMDS_TOKEN)
      return { status: 401, body: '' };
    const entry = path.replace('/latest/meta-data/', '');
    if (entry === 'autoscaling/target-lifecycle-state') return ok(cloud.targetState);
    const value = cloud.metadata.get(entry) ?? METADATA[entry];
    return value === undefined ? { status: 404, body: '<html>404 - Not Found</html>' } : ok(value);
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  let launched = false;
  const cloud: Cloud = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onEvent: () => undefined,
    targetState: 'InService',
    autoscalingCalls: [],
    events: [],
    logEvents: [],
    metadata: new Map(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return cloud;
}

/** Names of the services' interfaces, in the header that says which call is made. */
const API: Readonly<Record<string, string>> = {
  secretsmanager: 'secretsmanager',
  events: 'AWSEvents',
  logs: 'Logs_20140328',
};

interface JsonInput {
  readonly SecretId?: string;
  readonly Entries?: readonly PutEvent[];
  readonly logEvents?: Cloud['logEvents'];
}

/** The service a request is signed for, or undefined when the signature lacks anything. */
function signedService(request: IncomingMessage): string | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE\/\d{8}\/eu-north-1\/(\w+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=[0-9a-f]{64}$/.exec(
      request.headers.authorization ?? '',
    );
  const signed = match?.[2]?.split(';') ?? [];
  const complete =
    request.method === 'POST' &&
    request.headers['x-amz-security-token'] === SESSION_TOKEN &&
    ['host', 'x-amz-date', 'x-amz-security-token'].every((header) => signed.includes(header));
  return complete ? match?.[1] : undefined;
}

function bad(what: string): Reply {
  return { status: 400, body: `wrong ${what}` };
}

/** CircleCI's release host with one version of a made-up agent, for both architectures. */
function releases(path: string): Reply {
  if (path === '/circleci-runner/manifest.json') {
    const one = { sha256: agentChecksum() };
    const version = { linux: { amd64: one, arm64: one } };
    return ok(JSON.stringify({ releases: { '3.1.13': version } }));
  }
  return /^\/circleci-runner\/3\.1\.13\/circleci-runner_linux_(amd64|arm64)\.tar\.gz$/.test(path)
    ? ok(agentArchive())
    : { status: 404, body: 'NoSuchKey' };
}

let archive: Buffer | undefined;

function agentArchive(): Buffer {
  if (archive === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'agent-'));
    const agent = '#!/bin/sh\necho "circleci-runner 3.1.13"\n';
    writeFileSync(join(folder, 'circleci-runner'), agent, { mode: 0o755 });
    execFileSync('tar', ['-czf', 'agent.tar.gz', 'circleci-runner'], { cwd: folder });
    archive = readFileSync(join(folder, 'agent.tar.gz'));
    rmSync(folder, { recursive: true });
  }
  return archive;
}

export function agentChecksum(): string {
  return createHash('sha256').update(agentArchive()).digest('hex');
}
