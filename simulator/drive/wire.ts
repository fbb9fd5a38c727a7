/**
 * The wire form of the simulator: the scaler exactly as the Lambda composes it, with its real AWS clients,
 * over HTTP against the emulators in front of the world.
 */
import {
  createScaler,
  type CredentialStore,
  type HttpCall,
  type Pass,
  type PassQueue,
  type Report,
  systemClock,
} from '../../lambda/scaler/composition.ts';
import {
  type CircleCiApi,
  decodePass,
  DEFAULT_CIRCLECI_API,
  type GitLabScope,
  isObject,
  parseObject,
  TAG,
} from '../../lambda/scaler/contract.ts';
import { awsEmulator } from '../emulators/aws.ts';
import { type Request, serve } from '../emulators/server.ts';
import { isSqs, type SentMessage } from '../emulators/sqs.ts';
import type { World } from '../world/world.ts';
import { type Called, type Pace, callsIn, timedFleets, timedPasses } from './called.ts';
import type { CallCounter } from './calls.ts';
import type { ScalerInWorld } from './direct.ts';
import { localCircleCi } from './local-circleci.ts';
import { localGitHub } from './local-github.ts';
import { localGitLab } from './local-gitlab.ts';
import { logged } from './logged.ts';
import type { Usage } from './usage.ts';
import { virtualClock } from './virtual-clock.ts';

export interface WireOptions {
  readonly world: World;
  readonly pace: Pace;
  /** In which its passes, calls and waits are counted. */
  readonly usage: Usage;
  readonly resourceClasses: ReadonlySet<string>;
  /** Value of the tag `runner-scaler:name` on the world's groups. */
  readonly scalerName: string;
  readonly report: Report;
  /** From one pass to the next; 60 means the schedule's only. */
  readonly passIntervalSeconds: number;
  /** Calls a second that CircleCI takes from all containers; 0, the default, means any number. */
  readonly callsPerSecond?: number;
  /** By which of CircleCI's APIs the demand is read. Default: the scaler's own. */
  readonly circleciApi?: CircleCiApi;
  /** Whether CircleCI answers its API of fleets; a Server need not. Default true. */
  readonly answersFleets?: boolean;
  /** Whose jobs GitLab is asked for, for the groups whose tags say GitLab. Default: there are none. */
  readonly gitlabScope?: GitLabScope;
  /** Whether GitHub does not count an answer of 304, as it says. Default: true. */
  readonly unchangedIsFree?: boolean;
}

/** Where the emulated API token is kept, and what it is. Neither means anything outside the simulator. */
const SECRET = 'simulator/api-token';
const TOKEN = 'simulator-api-token';
const APP_SECRET = 'simulator/github-app';

export async function wireScaler(options: WireOptions): Promise<ScalerInWorld> {
  const { world, pace, usage, passIntervalSeconds } = options;
  /** Of all containers it is the same one. */
  let passes: PassQueue | undefined;
  const { calls } = usage;
  const called = callsIn(world, pace);
  const onRequest = () => (calls.demandReads += 1);
  const isOfGitHub = world.groups().some(({ tags }) => tags[TAG.source] === 'github');
  const github = isOfGitHub ? await localGitHub({ ...options, onRequest }) : undefined;
  const answerAws = awsEmulator({
    groups: world,
    secrets: new Map([
      [SECRET, TOKEN],
      ...(github === undefined ? [] : ([[APP_SECRET, github.secret]] as const)),
    ]),
    send: (messages) => void passes?.send(messages.flatMap(passOf)),
  });
  const aws = await serve((request) => {
    countAws(calls, request);
    return answerAws(request);
  });
  const circleci = await localCircleCi({ ...options, token: TOKEN, onRequest });
  const gitlab =
    options.gitlabScope &&
    (await localGitLab({
      world,
      scope: options.gitlabScope,
      token: TOKEN,
      onRequest,
    }));
  return {
    passIntervalSeconds,
    newScaler(queue) {
      passes = queue;
      return createScaler({
        settings: {
          name: options.scalerName,
          sources: {
            circleci: {
              url: circleci.url,
              api: options.circleciApi ?? DEFAULT_CIRCLECI_API,
              callsPerSecond: options.callsPerSecond ?? 0,
              tokenSecret: SECRET,
            },
            ...(github && { github: { ...github.settings, appSecret: APP_SECRET } }),
            ...(gitlab && { gitlab: { ...gitlab.settings, tokenSecret: SECRET } }),
          },
          passIntervalSeconds,
          queueUrl: `${aws.url}/passes`,
          metrics: true,
          dryRun: false,
        },
        clock: virtualClock(world, pace, (ms) => systemClock.timeout(ms)),
        report: logged(options.report, usage),
        aws: {
          endpoint: aws.url,
          region: 'us-east-1',
          credentials: { accessKeyId: 'simulator', secretAccessKey: 'simulator' },
        },
        between: {
          fleets: (fleets) => timedFleets(fleets, called, usage),
          call: (call) => timedCall(call, called),
          credentials: (store) => atOnce(store, pace),
          passes: (sent) => timedPasses(sent, called, usage),
        },
      });
    },
    close: async () => {
      await Promise.all([aws.close(), circleci.close(), github?.close(), gitlab?.close()]);
    },
  };
}

function passOf({ body, delaySeconds }: SentMessage): readonly Pass[] {
  const parsed = parseObject(body);
  const dueAt = isObject(parsed) ? decodePass(parsed) : undefined;
  return dueAt === undefined ? [] : [{ dueAt, delaySeconds }];
}

function timedCall(call: HttpCall, called: Called): HttpCall {
  return async (url, request) => called(callOf(url.pathname), async () => call(url, request));
}

function callOf(path: string): 'running' | 'unclaimed' | 'counts' | 'other' {
  if (path.includes('/runner/fleets/') || path === '/api/graphql') return 'counts';
  if (path.includes('/actions/runs')) return 'counts';
  if (
    path.includes('/installation') ||
    path.endsWith('/resource-classes') ||
    path.endsWith('/projects')
  )
    return 'other';
  return path.endsWith('/running') ? 'running' : 'unclaimed';
}

/** Reading a secret takes no virtual time: it is read once in a container, before all else. */
function atOnce<Credential>(
  store: CredentialStore<Credential>,
  { during }: Pace,
): CredentialStore<Credential> {
  return {
    current: async (budget) => during(async () => store.current(budget)),
    reread: async (refused, budget) => during(async () => store.reread(refused, budget)),
  };
}

function countAws(calls: CallCounter, request: Request): void {
  // What is sent to the queue is counted as that.
  if (isSqs(request)) return;
  const { body } = request;
  if (body.startsWith('Action=Describe')) calls.describes += 1;
  else if (body.startsWith('Action=SetDesiredCapacity')) calls.capacityWrites += 1;
  else calls.other += 1;
}
