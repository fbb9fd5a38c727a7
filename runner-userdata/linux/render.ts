/** The user data of a Linux machine: the shell files of this folder in one script. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { RUNNER_ENDED, TASK_ENDED } from '../../lambda/scaler/contract.ts';
import type { Known, UserDataOptions } from '../options.ts';
import { type Platform, PLATFORMS } from '../platforms.ts';
import { type Agent, agentSettings } from './agents/agents.ts';

/**
 * The user data as EC2 gets it: compressed, or as text that holds every setting as it stands, where some are
 * known only at the deployment.
 *
 * @throws Error when an option holds a NUL character, which no shell script can carry
 */
export function linuxUserData(options: UserDataOptions, known: Known): Buffer | string {
  return known === 'at-synth' ? gzipUserData(options) : textUserData(options);
}

/**
 * The script that a fleet's instances run: a block of settings, then the shell files. What only other fleets
 * need is left out.
 *
 * @throws Error when an option holds a NUL character, which no shell script can carry
 */
export function renderScript(options: UserDataOptions): string {
  return `${head(options)}${shellCode(options)}\n`;
}

/**
 * The script, compressed to a third of its size; cloud-init unpacks it. That leaves room for the config's boot
 * script below EC2's limit, to which `config/limits.ts` holds the result.
 *
 * The compressed bytes may differ between processor architectures, because Node's zlib uses what the processor
 * offers. So a deployment from another kind of machine can make a new version of the launch template without a
 * change; only new instances use it.
 *
 * @see https://docs.cloud-init.io/en/latest/explanation/format.html
 * @throws Error as `renderScript`
 */
export function gzipUserData(options: UserDataOptions): Buffer {
  return compressed(renderScript(options));
}

/**
 * The script with its settings as plain text, because CDK tokens must be found in them; the rest is compressed
 * and unpacks itself. A third larger than compressed as a whole.
 *
 * @throws Error as `renderScript`
 */
export function textUserData(options: UserDataOptions): string {
  const code = compressed(shellCode(options)).toString('base64');
  return `${head(options)}trap 'systemctl poweroff' EXIT
CODE='${code}'
CODE=$(printf '%s' "$CODE" | base64 --decode | gzip --decompress)
trap - EXIT
eval "$CODE"
`;
}

/**
 * As small as zlib makes it. `memLevel` decides how many symbols share one code: certificates, which look like noise,
 * take less where they share none with the script, and a script without them takes less in larger blocks.
 */
function compressed(text: string): Buffer {
  const [smallest = Buffer.alloc(0)] = [5, 6, 8]
    .map((memLevel) => gzipSync(text, { level: 9, memLevel }))
    .toSorted((one, other) => one.length - other.length);
  return smallest;
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
    EVENT_SOURCE: options.eventSource,
    TELL_TASK_END: String(options.tellTaskEnd),
    DRAIN_TIMEOUT: String(options.drainTimeoutSeconds),
    WATCH_INTERRUPTION: String(options.watchInterruption),
    LOG_GROUP: options.logGroup ?? '',
    TASK_ENDED_TYPE: TASK_ENDED.detailType,
    RUNNER_ENDED_TYPE: RUNNER_ENDED.detailType,
    IDLE_TIMEOUT: String(options.idleTimeoutSeconds),
    MAX_RUN_TIME: String(options.maxRunTimeSeconds),
    BOOT_TIMEOUT: String(options.bootTimeoutSeconds),
    ...agentSettings(options.agent).variables,
    BOOT_SCRIPT: options.bootScript ?? '',
    ...(options.proxy && {
      PROXY_URL: options.proxy.url,
      NO_PROXY_HOSTS: options.proxy.noProxy.join(','),
    }),
  };
}

/** Between single quotes bash takes everything literally, line breaks and `${...}` included. */
function quote(name: string, value: string): string {
  if (value.includes('\0')) {
    throw new Error(`${name} holds a NUL character; allowed: any other text; remove it`);
  }
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

/** The shell files in one, without what only people read. */
function shellCode(options: UserDataOptions): string {
  const files = shellFiles(options);
  const platform = files.indexOf(platformFile(options.platform));
  const code = (file: string) =>
    forFiles(files, withoutComments(readFileSync(new URL(file, import.meta.url), 'utf8')));
  return [
    ...files.slice(0, platform).map(code),
    prerequisites(options.platform, options.agent),
    ...(options.caCertificates === undefined ? [] : [certificates(options.caCertificates)]),
    ...files.slice(platform).map(code),
  ].join('\n');
}

function shellFiles(options: UserDataOptions): readonly string[] {
  const { platform, agent, watchInterruption, logGroup } = options;
  return [
    'machine.sh',
    'aws.sh',
    'group.sh',
    'last-word.sh',
    ...(logGroup === undefined ? [] : ['logs.sh']),
    'end.sh',
    platformFile(platform),
    'prepare.sh',
    ...agentSettings(agent).files,
    'proof.sh',
    'task.sh',
    'drain.sh',
    ...(watchInterruption ? ['interruption.sh'] : []),
    'keep.sh',
    'metadata.sh',
    'units.sh',
    ...networkFiles(options),
    'boot.sh',
  ];
}

function platformFile(platform: Platform): string {
  return `platform/${PLATFORMS[platform].script}`;
}

function networkFiles(options: UserDataOptions): readonly string[] {
  const { platform, proxy, caCertificates, ipv6Only = false } = options;
  const parts = [
    ...(caCertificates === undefined ? [] : ['network/certificates.sh']),
    ...(proxy === undefined ? [] : ['network/proxy.sh']),
  ];
  return [
    ...(parts.length === 0
      ? []
      : [`network/${PLATFORMS[platform].script}`, 'network/network.sh', ...parts]),
    ...(ipv6Only ? ['network/ipv6.sh'] : []),
  ];
}

/** Among what is compressed, unlike the settings: a config knows them when the template is made. */
function certificates(pems: readonly string[]): string {
  return `CA_CERTIFICATES=${quote('CA_CERTIFICATES', pems.map((pem) => pem.trim()).join('\n'))}`;
}

/** Shell code without the lines that are for other files than these, see the gotchas of boot.sh. */
function forFiles(files: readonly string[], code: string): string {
  return code
    .split('\n')
    .flatMap((line) => {
      const [, rest, condition, file = ''] =
        /^(.*?) *# only (with|without) (\S+)$/.exec(line) ?? [];
      if (rest === undefined) return [line];
      return files.includes(file) === (condition === 'with') ? [rest] : [];
    })
    .join('\n');
}

/** What prepare.sh makes sure of. Neither names of commands nor of packages need quoting. */
function prerequisites(platform: Platform, agent: Agent): string {
  const packages = {
    ...PLATFORMS[platform].packages,
    ...agentSettings(agent).packages?.[platform],
  };
  const pairs = Object.entries(packages).map((pair) => pair.join(':'));
  return `PREREQUISITES=(${pairs.join(' ')})`;
}

/**
 * Shell code without blank lines and without lines that are only a comment. Here-documents are kept whole,
 * because the first line of a script in one looks like a comment.
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
