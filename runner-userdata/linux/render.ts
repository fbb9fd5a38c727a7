import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { RUNNER_ENDED, TASK_ENDED, TOKEN_PLACEHOLDER } from '../../lambda/scaler/contract.ts';

/** Operating systems whose images a fleet can boot; each has a file in `platform/`. */
export type Platform = 'ubuntu-24.04' | 'amazon-linux-2023';

/** What one fleet's boot script is told. Texts may be CDK tokens: they are passed on untouched. */
export interface UserDataOptions {
  readonly platform: Platform;
  /** Name of the Auto Scaling group the instance belongs to. */
  readonly group: string;
  /** Name of the group's launch lifecycle hook, completed just before the agent starts. */
  readonly launchHook: string;
  /** `namespace/name`; only for the log, the runner token decides what the agent serves. */
  readonly resourceClass: string;
  /**
   * Id or ARN of the secret whose string is the bare runner token. Default: the secret that is named for
   * the role of the instance, see `tokenSecretName`.
   */
  readonly tokenSecret?: string;
  /** Source of the events by which a machine says that its task has ended, and how it ended itself. */
  readonly eventSource: string;
  /** Whether a machine says that its task has ended, which wakes the scaler. */
  readonly tellTaskEnd: boolean;
  /** Base URL of CircleCI's runner API. */
  readonly runnerUrl: string;
  /** Seconds without a task after which the agent ends, and the instance with it. */
  readonly idleTimeoutSeconds: number;
  /** Seconds a task may take; also how long a stopped agent may drain. */
  readonly maxRunTimeSeconds: number;
  /** Seconds from the script's first line to the agent's start; beyond, the instance is ended. */
  readonly bootTimeoutSeconds: number;
  /**
   * Seconds for which a machine that is told to stop waits for its task. EC2 itself cuts the power of a
   * spot machine two minutes after its notice, and of any other some minutes after its stop.
   */
  readonly drainTimeoutSeconds: number;
  /** Whether the machine may be a spot instance, and so watches for the notice of its end. */
  readonly watchInterruption: boolean;
  /** Log group that the logs of the boot and the agent are sent to in the end. Default: they are not. */
  readonly logGroup?: string;
  /** Hand a task back to the queue when the machine is taken away (spot); it runs again from its start. */
  readonly retryOnInterruption: boolean;
  /** Version of the agent; an image that already holds it is not made to download it. */
  readonly agentVersion: string;
  /** SHA-256 of the agent's archive. Default: what CircleCI's release manifest says. */
  readonly agentSha256?: { readonly x86_64?: string; readonly arm64?: string };
  /**
   * Bash commands run as root before the agent starts, under `set -e` and pipefail. A failure ends
   * the instance. Default: none.
   */
  readonly bootScript?: string;
}

/**
 * Version of CircleCI's machine runner that is installed. 3.1.12 mended `max_run_time` and 3.1.13
 * brought `enable_unsafe_retries`, so nothing older will do.
 *
 * @see https://circleci.com/changelog/runner-release-3-1-13/
 */
export const AGENT_VERSION = '3.1.13';

/**
 * Name of the secret that holds the runner token of the machines with a role. A machine learns the role
 * from its metadata, so that nothing in its user data is known only at the deployment.
 */
export function tokenSecretName(role: string): string {
  return `runner-scaler/${role}`;
}

/**
 * Greatest size EC2 takes, in bytes before base64.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
 */
export const USER_DATA_LIMIT_BYTES = 16_384;

/**
 * The script that a fleet's instances run: a block of settings, then the shell files of this folder. What
 * only another kind of fleet needs is left out.
 *
 * @throws Error when an option holds a NUL character, which no shell script can carry
 */
export function renderScript(options: UserDataOptions): string {
  return `${head(options)}${shellCode(options)}\n`;
}

/**
 * The user data where every setting is known when the template is made: the script, compressed, which
 * cloud-init unpacks. A third of the script's size, so that the config's boot script has room in what
 * EC2 takes. `config/limits.ts` holds it to {@link USER_DATA_LIMIT_BYTES}.
 *
 * The compressed bytes may differ between processor architectures (Node's zlib uses what the
 * processor offers), so a deployment from another kind of machine can make a new version of the
 * launch template without a change. It takes effect on new instances only.
 *
 * @see https://docs.cloud-init.io/en/latest/explanation/format.html
 * @throws Error as `renderScript`
 */
export function gzipUserData(options: UserDataOptions): Buffer {
  return gzipSync(renderScript(options), { level: 9 });
}

/**
 * The user data where settings are known only when the template is deployed: they stand as they are,
 * because CDK tokens must be found in them, and the rest is compressed and unpacks itself. Larger by a
 * third.
 *
 * @throws Error as `renderScript`
 */
export function textUserData(options: UserDataOptions): string {
  const code = gzipSync(shellCode(options), { level: 9 }).toString('base64');
  return `${head(options)}trap 'systemctl poweroff' EXIT
CODE='${code}'
CODE=$(printf '%s' "$CODE" | base64 --decode | gzip --decompress)
trap - EXIT
eval "$CODE"
`;
}

function head(options: UserDataOptions): string {
  const assignments = Object.entries(settings(options)).map(
    ([name, value]) => `${name}=${quote(name, value)}`,
  );
  return `#!/usr/bin/env bash
# Rendered by runner-scaler from runner-userdata/.
set -Eeuo pipefail
${assignments.join('\n')}
`;
}

function settings(options: UserDataOptions): Record<string, string> {
  return {
    SCALING_GROUP: options.group,
    LAUNCH_HOOK: options.launchHook,
    RESOURCE_CLASS: options.resourceClass,
    TOKEN_SECRET: options.tokenSecret ?? '',
    TOKEN_SECRET_PREFIX: tokenSecretName(''),
    TOKEN_PLACEHOLDER,
    EVENT_SOURCE: options.eventSource,
    TELL_TASK_END: String(options.tellTaskEnd),
    DRAIN_TIMEOUT: String(options.drainTimeoutSeconds),
    WATCH_INTERRUPTION: String(options.watchInterruption),
    LOG_GROUP: options.logGroup ?? '',
    TASK_ENDED_TYPE: TASK_ENDED.detailType,
    RUNNER_ENDED_TYPE: RUNNER_ENDED.detailType,
    RUNNER_URL: options.runnerUrl,
    IDLE_TIMEOUT: String(options.idleTimeoutSeconds),
    MAX_RUN_TIME: String(options.maxRunTimeSeconds),
    BOOT_TIMEOUT: String(options.bootTimeoutSeconds),
    RETRY_ON_INTERRUPTION: String(options.retryOnInterruption),
    AGENT_VERSION: options.agentVersion,
    AGENT_SHA256_X86_64: options.agentSha256?.x86_64 ?? '',
    AGENT_SHA256_ARM64: options.agentSha256?.arm64 ?? '',
    BOOT_SCRIPT: options.bootScript ?? '',
  };
}

/** Between single quotes bash takes everything as it stands, line breaks and `${...}` included. */
function quote(name: string, value: string): string {
  if (value.includes('\0')) {
    throw new Error(`${name} holds a NUL character; allowed: any other text; remove it`);
  }
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

/** The shell files in one, without what only people read. */
function shellCode({ platform, watchInterruption, logGroup }: UserDataOptions): string {
  return [
    'machine.sh',
    'aws.sh',
    'group.sh',
    'last-word.sh',
    ...(logGroup === undefined ? [] : ['logs.sh']),
    'end.sh',
    `platform/${platform}.sh`,
    'agents/circleci/agent.sh',
    'agents/circleci/task.sh',
    'drain.sh',
    ...(watchInterruption ? ['interruption.sh'] : []),
    'keep.sh',
    'metadata.sh',
    'units.sh',
    'boot.sh',
  ]
    .map((file) => withoutComments(readFileSync(new URL(file, import.meta.url), 'utf8')))
    .join('\n');
}

/**
 * Shell code without blank lines and without lines that are only comment. Those of a here-document stay:
 * the text of a script begins with one. That the functions are the same before and after is tested.
 */
export function withoutComments(code: string): string {
  let document: string | undefined;
  return code
    .split(/\r?\n/)
    .filter((line) => {
      if (document !== undefined) {
        if (line === document) document = undefined;
        return true;
      }
      if (/^\s*(#|$)/.test(line)) return false;
      document = /<<'?([A-Z]+)'?(?=\s|$)/.exec(line)?.[1];
      return true;
    })
    .join('\n');
}
