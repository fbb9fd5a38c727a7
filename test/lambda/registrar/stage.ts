/** The registrar with AWS and GitHub on loopback, and the time in the test's hand. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { encodeGitHubDemand, type GitHubRunner, TAG } from '../../../lambda/scaler/contract.ts';
import { installationTokens } from '../../../lambda/scaler/demand/github/app.ts';
import { httpClient } from '../../../lambda/scaler/demand/http-call.ts';
import { groups } from '../../../lambda/registrar/groups.ts';
import { machines } from '../../../lambda/registrar/machine.ts';
import { places } from '../../../lambda/registrar/place.ts';
import { type Registrar, registrar } from '../../../lambda/registrar/registrar.ts';
import { releases } from '../../../lambda/registrar/releases.ts';
import {
  describeAnswer,
  type InstanceAnswer,
  instancesAnswer,
} from '../../auto-scaling-answers.ts';
import { testApp } from '../../github-app.ts';
import { type Answer, type Received, startServer, type TestServer } from '../../http-server.ts';
import { type ManualClock, manualClock } from '../../manual-clock.ts';
import { gitHubAnswer, gitHubState } from './github.ts';

export const ACCOUNT = '123456789012';
export const ROLE = 'ci-gpu-Role-ABC123';
export const INSTANCE = 'i-0123456789abcdef0';
export const GROUP = 'ci-gpu';
export const RUNNER_NAME = `ci-gpu-${INSTANCE}`;

export const DEMAND = { labels: ['acme', 'GPU'], at: 'acme', prefix: 'ci-gpu-' };

export const TAGS = {
  [TAG.name]: 'ci',
  [TAG.source]: 'github',
  [TAG.resourceClass]: 'gpu',
  [TAG.role]: ROLE,
  [TAG.demand]: encodeGitHubDemand(DEMAND),
};

export const arnOf = (role: string, session: string, account = ACCOUNT) =>
  `arn:aws:sts::${account}:assumed-role/${role}/${session}`;

/** As the URL of a function hands over a request that IAM has let through. */
export function urlEvent(
  path: string,
  body: unknown,
  userArn: string | undefined = arnOf(ROLE, INSTANCE),
): Record<string, unknown> {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    requestContext: {
      accountId: ACCOUNT,
      http: { method: 'POST', path, protocol: 'HTTP/1.1', sourceIp: '198.51.100.1' },
      ...(userArn !== undefined && {
        authorizer: {
          iam: {
            accountId: ACCOUNT,
            callerId: `AROAEXAMPLE:${INSTANCE}`,
            userArn,
            cognitoIdentity: null,
          },
        },
      }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    isBase64Encoded: false,
  };
}

export interface Staged {
  readonly instance?: Partial<InstanceAnswer> | null;
  readonly tags?: Readonly<Record<string, string>>;
  readonly runner?: GitHubRunner;
  /** What AWS answers in place of the usual. */
  readonly aws?: (form: URLSearchParams) => Answer | undefined;
  /** What GitHub answers in place of the usual. */
  readonly github?: (request: Received) => Answer | undefined;
  readonly random?: () => number;
}

const APP = testApp('12345');
const servers: TestServer[] = [];

/** Ends what the last test began. */
export async function closeStage(): Promise<void> {
  await Promise.all(servers.splice(0).map(async (server) => server.close()));
}

export async function stage(options: Staged = {}) {
  const state = gitHubState();
  const aws = await startServer(({ body }) => {
    const form = new URLSearchParams(body);
    const special = options.aws?.(form);
    if (special !== undefined) return special;
    if (form.get('Action') === 'DescribeAutoScalingGroups') {
      const name = form.get('AutoScalingGroupNames.member.1') ?? '';
      return describeAnswer([{ name, tags: escaped(options.tags ?? TAGS) }]);
    }
    const id = form.get('InstanceIds.member.1') ?? '';
    if (options.instance === null) return instancesAnswer([]);
    return instancesAnswer([{ id, group: GROUP, state: 'Pending:Wait', ...options.instance }]);
  });
  const github = await startServer(
    (request) => options.github?.(request) ?? gitHubAnswer(state, request),
  );
  servers.push(aws, github);
  const clock = manualClock();
  const lines: Readonly<Record<string, unknown>>[] = [];
  const serve = container({ options, urls: { aws: aws.url, github: github.url }, clock, lines });
  return {
    ...callsOf(serve),
    state,
    clock,
    lines,
    aws,
    github,
    urls: { aws: aws.url, github: github.url },
  };
}

interface Container {
  readonly options: Staged;
  readonly urls: { readonly aws: string; readonly github: string };
  readonly clock: ManualClock;
  readonly lines: Readonly<Record<string, unknown>>[];
}

/** One container of the function, which shares nothing with another. */
export function container({ options, urls, clock, lines }: Container): Registrar {
  const { random = () => 0.5, runner = {} } = options;
  const call = httpClient(1);
  const tokens = installationTokens({
    apiUrl: urls.github,
    call,
    clock,
    random,
    apps: { current: async () => APP, reread: async () => APP },
  });
  const client = new AutoScalingClient({
    endpoint: urls.aws,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'not-a-secret' },
    maxAttempts: 1,
  });
  return registrar({
    machineOf: machines({ client, clock, name: 'ci' }),
    gitHub: {
      placeOf: places({ apiUrl: urls.github, call, clock, tokens, random }),
      groups: groups(clock),
      releaseFor: releases(runner, clock),
    },
    clock,
    random,
    log: (line) => lines.push(line),
  });
}

export function callsOf(serve: Registrar) {
  const ask = async (event: unknown) => {
    const { statusCode, headers, body } = await serve(event, {
      account: ACCOUNT,
      remainingMs: 30_000,
    });
    return { status: statusCode, headers, body: JSON.parse(body) as Record<string, unknown> };
  };
  return {
    ask,
    register: async (architecture = 'x64', userArn?: string) =>
      ask(urlEvent('/register', { architecture }, userArn)),
    retire: async (userArn?: string) => ask(urlEvent('/retire', {}, userArn)),
  };
}

/** The calls that GitHub got, without those of the sign-in. */
export function gitHubCalls({ received }: Pick<TestServer, 'received'>): readonly string[] {
  return received
    .filter(({ path }) => !/installation/.test(path))
    .map(
      ({ method, path, query }) =>
        `${method} ${path}${query.size > 0 ? `?${query.toString()}` : ''}`,
    );
}

export function escaped(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [key, value.replaceAll('"', '&quot;')]),
  );
}
