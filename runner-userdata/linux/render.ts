/** The user data of a Linux machine: the shell files of this folder in one script. */
import { readFileSync } from 'node:fs';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
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
  return `${head(options)}${shellParts(options).join('')}`;
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
  const [first = '', ...others] = shellParts(options);
  return compressed(`${head(options)}${first}`, ...others);
}

/**
 * The script with its settings as plain text, because CDK tokens must be found in them; the rest is compressed
 * and unpacks itself. A third larger than compressed as a whole.
 *
 * @throws Error as `renderScript`
 */
export function textUserData(options: UserDataOptions): string {
  const code = compressed(...shellParts(options)).toString('base64');
  return `${head(options)}trap 'systemctl poweroff' EXIT
CODE='${code}'
CODE=$(printf '%s' "$CODE" | base64 --decode | gzip --decompress)
trap - EXIT
eval "$CODE"
`;
}

/** Of gzip's format: what is before the compressed bytes, and the length of the checksum and size behind them. */
const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);
const GZIP_TAIL_BYTES = 8;

/** How far back deflate refers to what it has compressed. */
const WINDOW_BYTES = 32_768;

/**
 * One member of gzip. Certificates look like noise: in blocks of their own they share no code with the script. So each
 * part is compressed by itself, and refers to the parts before it.
 */
function compressed(...parts: readonly string[]): Buffer {
  const bytes = parts.map((part) => Buffer.from(part));
  const whole = Buffer.concat(bytes);
  let end = 0;
  const blocks = bytes.map((part) => {
    const dictionary = whole.subarray(Math.max(0, end - WINDOW_BYTES), end);
    end += part.length;
    return smallest(part, dictionary, end === whole.length);
  });
  return Buffer.concat([GZIP_HEAD, ...blocks, gzipSync(whole).subarray(-GZIP_TAIL_BYTES)]);
}

/** As small as zlib makes it: `memLevel` decides how many symbols share one code. */
function smallest(part: Buffer, dictionary: Buffer, isLast: boolean): Buffer {
  const finishFlush = isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
  const [best = Buffer.alloc(0)] = [5, 6, 7, 8, 9]
    .map((memLevel) => deflateRawSync(part, { level: 9, memLevel, dictionary, finishFlush }))
    .toSorted((one, other) => one.length - other.length);
  return best;
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

/** The shell files without what only people read. The parts differ in how they are compressed best. */
function shellParts(options: UserDataOptions): readonly string[] {
  const files = shellFiles(options);
  const platform = files.indexOf(platformFile(options.platform));
  const code = (file: string) =>
    `${forFiles(files, withoutComments(readFileSync(new URL(file, import.meta.url), 'utf8')))}\n`;
  const before = [
    ...files.slice(0, platform).map(code),
    prerequisites(options.platform, options.agent),
    ...files.slice(platform, -1).map(code),
  ].join('');
  const after = files.slice(-1).map(code).join('');
  const { caCertificates } = options;
  return caCertificates === undefined
    ? [`${before}${after}`]
    : [before, certificates(caCertificates), after];
}

/**
 * In an order in which what is alike is close together, as trials have shown: deflate refers back 32 kB and no further.
 * machine.sh comes first, and what runs when it is read after what it uses: the agent before the network, boot.sh last.
 */
function shellFiles(options: UserDataOptions): readonly string[] {
  const { platform, agent, watchInterruption, logGroup } = options;
  return [
    'machine.sh',
    'aws.sh',
    'last-word.sh',
    ...(logGroup === undefined ? [] : ['logs.sh']),
    'group.sh',
    'task.sh',
    'end.sh',
    'drain.sh',
    ...(watchInterruption ? ['interruption.sh'] : []),
    'prepare.sh',
    'keep.sh',
    platformFile(platform),
    ...agentSettings(agent).files,
    'metadata.sh',
    ...networkFiles(options),
    'units.sh',
    'proof.sh',
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

/**
 * Among what is compressed, unlike the settings: a config knows them when the template is made. What certificates have in
 * common shows in their bytes only, so these are compressed before base64 hides it.
 */
function certificates(pems: readonly string[]): string {
  const ders = pems.map((pem) => Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ''), 'base64'));
  const packed = gzipSync(Buffer.concat(ders), { level: 9, memLevel: 9 }).toString('base64');
  return `CA_CERTIFICATES=${packed}\nCA_LENGTHS='${ders.map(({ length }) => length).join(' ')}'\n`;
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
  return `PREREQUISITES=(${pairs.join(' ')})\n`;
}

/**
 * Shell code without what only people read: blank lines, lines that are only a comment, indentation. Here-documents and
 * quoted lines are kept whole: they may be another language, and the first line of a script looks like a comment.
 */
export function withoutComments(code: string): string {
  let document: string | undefined;
  let quote = '';
  return code
    .split(/\r?\n/)
    .flatMap((line) => {
      if (document !== undefined) {
        if (line === document) document = undefined;
        return [line];
      }
      if (quote === '' && /^\s*(#|$)/.test(line)) return [];
      const kept = quote === '' ? line.trimStart() : line;
      quote = quoteAfter(line, quote);
      if (quote === '') document = /<<'?([A-Z]+)'?(?=\s|$)/.exec(line)?.[1];
      return [kept];
    })
    .join('\n');
}

/** The quote that is open at the end of a line, after the one that is open at its start; empty for none. */
function quoteAfter(line: string, before: string): string {
  let quote = before;
  for (const [mark] of line.matchAll(/\\.|['"]/g)) {
    if (quote === "'" && mark.startsWith('\\')) {
      if (mark.endsWith("'")) quote = '';
    } else if (quote === '' && !mark.startsWith('\\')) quote = mark;
    else if (quote === mark) quote = '';
  }
  return quote;
}
