/** Puts the scaler together from its settings. The Lambda and the simulator run this same composition. */
import { AutoScalingClient, type AutoScalingClientConfig } from '@aws-sdk/client-auto-scaling';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from './clock.ts';
import { errorFacts } from './contract/error-facts.ts';
import type { Settings } from './contract/settings.ts';
import { callRate } from './demand/call-rate.ts';
import { CIRCLECI_CLASSES_AT_ONCE, circleCi } from './demand/circleci.ts';
import { type CredentialStore, secretCredential } from './demand/credentials.ts';
import { GITLAB_CONNECTIONS, gitLab } from './demand/gitlab.ts';
import type { HttpCall } from './demand/http-call.ts';
import { http2Client } from './demand/http2-call.ts';
import { bareToken } from './demand/secret-kinds.ts';
import { autoScalingFleets } from './fleet/auto-scaling.ts';
import { dryRun } from './fleet/dry-run.ts';
import type { Fleets } from './fleet/fleets.ts';
import { isWorthAPass } from './hold-back/worth-a-pass.ts';
import { type InvocationResult, invoke } from './invocation.ts';
import type { Heard, PassPorts, PassResult, Report, Sources } from './pass.ts';
import { sqsPassQueue } from './pass-queue.ts';
import { type PassQueue, passesBetween } from './passes.ts';
import { TUNNEL_LIMIT_MS, tunnelAgent } from './proxy-tunnel.ts';
import { reconcile } from './reconcile.ts';
import { turns } from './turns.ts';

/** Region, credentials and endpoint of the AWS clients, where they are not the default. */
export type AwsOptions = Pick<AutoScalingClientConfig, 'credentials' | 'endpoint' | 'region'>;

export interface ScalerOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly report: Report;
  readonly aws?: AwsOptions;
  /** What stands between the scaler and the outside, so that somebody else keeps its time. Default: nothing. */
  readonly between?: Partial<Between>;
}

/** Each is given what calls the outside, and gives back what the scaler calls. */
export interface Between {
  fleets(fleets: Fleets): Fleets;
  call(call: HttpCall): HttpCall;
  tokens(tokens: CredentialStore<string>): CredentialStore<string>;
  passes(passes: PassQueue): PassQueue;
}

/**
 * Runs one invocation that may take `remainingMs`; see `invoke` for what it returns and throws. Where machines
 * have sent something it is one pass at most, and none for last words that can change nothing.
 */
export type Scaler = (remainingMs: number, heard?: Heard) => Promise<InvocationResult>;

const NOTHING_BETWEEN: Between = {
  fleets: (fleets) => fleets,
  call: (call) => call,
  tokens: (tokens) => tokens,
  passes: (passes) => passes,
};

/** A connection that is not made, or an answer that stalls, is given up and tried again. */
const REQUEST_HANDLER = {
  connectionTimeout: 2_000,
  requestTimeout: 5_000,
  throwOnRequestTimeout: true,
};

/** Connections to one service of AWS; the SDK's own default. */
const AWS_CONNECTIONS = 50;

/** A proxy's failure is told before the SDK's own limit, which would not name it. */
function requestHandler({ proxy }: Settings) {
  if (proxy === undefined) return REQUEST_HANDLER;
  return {
    ...REQUEST_HANDLER,
    connectionTimeout: TUNNEL_LIMIT_MS + 500,
    httpsAgent: tunnelAgent(proxy, { connections: AWS_CONNECTIONS }),
  };
}

export function createScaler(options: ScalerOptions): Scaler {
  const { settings, clock, report, aws = {} } = options;
  const { proxy } = settings;
  const { fleets, call, tokens, passes } = { ...NOTHING_BETWEEN, ...options.between };
  const client = { ...aws, requestHandler: requestHandler(settings) };
  const groups = fleets(
    autoScalingFleets({ client: new AutoScalingClient(client), name: settings.name }),
  );
  const acting = { fleets: groups, report };
  const { circleci, gitlab } = settings.sources;
  const tokenIn = (secret: string) =>
    tokens(
      secretCredential({
        client: new SecretsManagerClient(client),
        secret,
        kind: bareToken,
        clock,
      }),
    );
  const onNotice = (notice: string) => report.warning(notice);
  const sources: Sources = {
    circleci:
      circleci &&
      circleCi({
        url: circleci.url,
        api: circleci.api,
        call: call(http2Client(CIRCLECI_CLASSES_AT_ONCE, { proxy })),
        clock,
        rate: circleci.callsPerSecond === 0 ? undefined : callRate(clock, circleci.callsPerSecond),
        onNotice,
        tokens: tokenIn(circleci.tokenSecret),
      }),
    gitlab:
      gitlab &&
      gitLab({
        url: gitlab.url,
        scope: gitlab.scope,
        call: call(http2Client(GITLAB_CONNECTIONS, { proxy })),
        clock,
        onNotice,
        tokens: tokenIn(gitlab.tokenSecret),
      }),
  };
  const ports = { ...(settings.dryRun ? dryRun(acting) : acting), clock, sources };
  const { queueUrl } = settings;
  return scalerOf(ports, {
    intervalMs: settings.passIntervalSeconds * 1000,
    ...(queueUrl !== undefined && {
      queue: passes(sqsPassQueue(() => new SQSClient(client), queueUrl)),
    }),
  });
}

export interface Passing {
  /** Milliseconds from one pass to the next. */
  readonly intervalMs: number;
  /** Default: none, and no passes between the schedule's. */
  readonly queue?: PassQueue;
}

/** The ports through which it acts; what one container remembers, the scaler keeps itself. */
export type ScalerPorts = Omit<PassPorts, 'memories' | 'turns'>;

/** The scaler that acts through these ports. */
export function scalerOf(given: ScalerPorts, { queue, intervalMs }: Passing): Scaler {
  const { clock, sources, report } = given;
  const ports: PassPorts = {
    ...given,
    memories: new Map(),
    turns: turns({ clock, sources, warning: (message) => report.warning(message) }),
  };
  const onScheduled = async (beganAt: number, result: PassResult | undefined) => {
    // What could not be read may be in use; what is asked too often is asked once a minute.
    if (queue === undefined || result?.inUse === false || result?.throttled) return;
    const passes = passesBetween(beganAt, { now: ports.clock.now(), intervalMs });
    try {
      if (passes.length > 0) await queue.send(passes);
    } catch (error) {
      ports.report.warning(
        `the passes of this minute could not be sent: ${errorFacts(error).message}; the next is the schedule's`,
      );
    }
  };

  return async (remainingMs, heard) => {
    const telling = heard && {
      ...heard,
      lastWords: heard.lastWords.filter((word) => isWorthAPass(word, ports.memories)),
    };
    if (telling && !telling.pass && telling.about === undefined && telling.lastWords.length === 0) {
      return NOTHING_DONE;
    }
    return invoke({
      heard: telling,
      reconcile: async (options) => reconcile(ports, options),
      clock: ports.clock,
      remainingMs,
      onScheduled,
    });
  };
}

const NOTHING_DONE: InvocationResult = { timed: false, fleets: 0, left: 0 };
