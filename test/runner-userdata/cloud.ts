/**
 * Stand-ins on loopback for all that an instance talks to: the metadata service, Secrets Manager,
 * Auto Scaling, EventBridge and the host of the agent's releases. They refuse what the real ones refuse.
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

/** What a test makes different; `undefined` from a function is the usual answer, `reset` hangs up. */
export interface CloudOptions {
  readonly imds?: (path: string) => Reply | 'reset' | undefined;
  readonly secret?: (body: string) => Reply | 'reset' | undefined;
  readonly autoscaling?: (parameters: URLSearchParams) => Reply | 'reset' | undefined;
  /** Calls of EventBridge. */
  readonly events?: (body: string) => Reply | 'reset' | undefined;
  readonly releases?: (path: string) => Reply | 'reset' | undefined;
}

export interface Cloud {
  readonly url: string;
  /** Every call, in words, in order. */
  onEvent: (event: string) => void;
  readonly autoscalingCalls: URLSearchParams[];
  readonly eventCalls: string[];
  close(): Promise<void>;
}

const METADATA: Readonly<Record<string, string>> = {
  'instance-id': INSTANCE_ID,
  'placement/region': 'eu-north-1',
  'services/domain': 'amazonaws.com',
  'iam/security-credentials/': 'fleet-role',
  'iam/security-credentials/fleet-role': JSON.stringify({
    Code: 'Success',
    AccessKeyId: 'ASIAEXAMPLE',
    SecretAccessKey: SECRET_KEY,
    Token: SESSION_TOKEN,
  }),
};

export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const autoscalingCalls: URLSearchParams[] = [];
  const eventCalls: string[] = [];
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

  function answer(request: IncomingMessage, body: string): Reply | 'reset' {
    const path = request.url ?? '';
    if (path.startsWith('/latest/')) return metadata(request, path);
    if (path.startsWith('/circleci-runner/')) {
      cloud.onEvent(`download ${path}`);
      return options.releases?.(path) ?? releases(path);
    }
    const service = signedService(request);
    if (service === 'secretsmanager') {
      cloud.onEvent('GetSecretValue');
      if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') return bad('target');
      if (request.headers['content-type'] !== 'application/x-amz-json-1.1') return bad('type');
      return options.secret?.(body) ?? ok(JSON.stringify({ SecretString: RUNNER_TOKEN }));
    }
    if (service === 'autoscaling') {
      const parameters = new URLSearchParams(body);
      if (parameters.get('Version') !== '2011-01-01') return bad('version');
      autoscalingCalls.push(parameters);
      const detail =
        parameters.get('LifecycleActionResult') ??
        parameters.get('ShouldDecrementDesiredCapacity') ??
        parameters.get('ProtectedFromScaleIn');
      cloud.onEvent(`${parameters.get('Action')} ${detail}`);
      return options.autoscaling?.(parameters) ?? ok('<Response/>');
    }
    if (service === 'events') {
      cloud.onEvent('PutEvents');
      if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') return bad('target');
      if (request.headers['content-type'] !== 'application/x-amz-json-1.1') return bad('type');
      eventCalls.push(body);
      return options.events?.(body) ?? ok('{"Entries":[{"EventId":"7c5e"}],"FailedEntryCount":0}');
    }
    return { status: 403, body: 'MissingAuthenticationToken' };
  }

  function metadata(request: IncomingMessage, path: string): Reply | 'reset' {
    const special = options.imds?.(path);
    if (special !== undefined) return special;
    if (path === '/latest/api/token') {
      const ttl = request.headers['x-aws-ec2-metadata-token-ttl-seconds'];
      return request.method === 'PUT' && ttl ? ok(IMDS_TOKEN) : { status: 400, body: '' };
    }
    if (request.headers['x-aws-ec2-metadata-token'] !== IMDS_TOKEN)
      return { status: 401, body: '' };
    const value = METADATA[path.replace('/latest/meta-data/', '')];
    return value === undefined ? { status: 404, body: '' } : ok(value);
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const cloud: Cloud = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onEvent: () => undefined,
    autoscalingCalls,
    eventCalls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return cloud;
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
