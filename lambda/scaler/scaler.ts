/** Puts the scaler together from its settings. The Lambda and the simulator run this same composition. */
import { AutoScalingClient, type AutoScalingClientConfig } from '@aws-sdk/client-auto-scaling';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { requestHandler } from './aws-requests.ts';
import type { Clock } from './clock.ts';
import { errorFacts } from './contract/error-facts.ts';
import { gitHubApiUrl, type GitHubSettings } from './contract/github.ts';
import type { Settings } from './contract/settings.ts';
import { callRate } from './demand/call-rate.ts';
import { CIRCLECI_CLASSES_AT_ONCE, circleCi } from './demand/circleci.ts';
import { type CredentialStore, secretCredential } from './demand/credentials.ts';
import { GITHUB_CONNECTIONS, gitHub } from './demand/github.ts';
import { installationTokens } from './demand/github/app.ts';
import { gitHubApp } from './demand/github-app-secret.ts';
import { GITLAB_CONNECTIONS, gitLab } from './demand/gitlab.ts';
import type { HttpCall } from './demand/http-call.ts';
import { http2Client } from './demand/http2-call.ts';
import { bareToken, type SecretKind } from './demand/secret-kinds.ts';
import type { DemandSource } from './demand/source.ts';
import { autoScalingFleets } from './fleet/auto-scaling.ts';
import { dryRun } from './fleet/dry-run.ts';
import type { Fleets } from './fleet/fleets.ts';
import { isWorthAPass } from './hold-back/worth-a-pass.ts';
import { type InvocationResult, invoke } from './invocation.ts';
import type { Heard, PassPorts, PassResult, Report, Sources } from './pass.ts';
import { sqsPassQueue } from './pass-queue.ts';
import { type PassQueue, passesBetween } from './passes.ts';
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
  credentials<Credential>(store: CredentialStore<Credential>): CredentialStore<Credential>;
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
  credentials: (store) => store,
  passes: (passes) => passes,
};

export function createScaler(options: ScalerOptions): Scaler {
  const { settings, clock, report, aws = {} } = options;
  const { proxy } = settings;
  const { fleets, call, credentials, passes } = { ...NOTHING_BETWEEN, ...options.between };
  const client = { ...aws, requestHandler: requestHandler(proxy) };
  const groups = fleets(
    autoScalingFleets({ client: new AutoScalingClient(client), name: settings.name }),
  );
  const acting = { fleets: groups, report };
  const { circleci, github, gitlab } = settings.sources;
  const credentialIn = <Credential>(secret: string, kind: SecretKind<Credential>) =>
    credentials(
      secretCredential({ client: new SecretsManagerClient(client), secret, kind, clock }),
    );
  const onNotice = (notice: string) => report.warning(notice);
  const gitHubIn = ({ url, scope, appSecret }: GitHubSettings): DemandSource => {
    const api = call(http2Client(GITHUB_CONNECTIONS, { proxy }));
    const tokens = installationTokens({
      apiUrl: gitHubApiUrl(url),
      call: api,
      clock,
      onNotice,
      apps: credentialIn(appSecret, gitHubApp),
    });
    return gitHub({ url, scope, call: api, clock, onNotice, tokens });
  };
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
        tokens: credentialIn(circleci.tokenSecret, bareToken),
      }),
    github: github && gitHubIn(github),
    gitlab:
      gitlab &&
      gitLab({
        url: gitlab.url,
        scope: gitlab.scope,
        call: call(http2Client(GITLAB_CONNECTIONS, { proxy })),
        clock,
        onNotice,
        tokens: credentialIn(gitlab.tokenSecret, bareToken),
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
        `the passes of this minute could not be sent: ${errorFacts(error).message}; the next is the schedule's, and if this goes on, see the queue and the rights of the function's role`,
      );
    }
  };

  return async (remainingMs, heard) => {
    const telling = heard && {
      ...heard,
      lastWords: heard.lastWords.filter((word) => isWorthAPass(word, ports.memories)),
    };
    if (telling && isNothing(telling)) return NOTHING_DONE;
    return invoke({
      heard: telling,
      reconcile: async (options) => reconcile(ports, options),
      clock: ports.clock,
      remainingMs,
      onScheduled,
    });
  };
}

function isNothing({ pass = false, about, lastWords, changes = [] }: Heard): boolean {
  return !pass && about === undefined && lastWords.length + changes.length === 0;
}

const NOTHING_DONE: InvocationResult = { timed: false, fleets: 0, left: 0 };
