/**
 * A machine to boot in a test: a root of its own, and commands that would change the real machine
 * replaced by ones that only write down their call.
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import {
  AGENT_VERSION,
  renderUserData,
  type UserDataOptions,
} from '../../runner-userdata/render.ts';
import { startCloud, type CloudOptions } from './cloud.ts';

export const OPTIONS: UserDataOptions = {
  platform: 'ubuntu-24.04',
  group: 'fleet group + <1>',
  launchHook: 'ready',
  resourceClass: 'acme/linux',
  eventSource: 'runner-scaler.ci',
  tokenSecret: 'arn:aws:secretsmanager:eu-north-1:123456789012:secret:acme-linux-AbCdEf',
  runnerUrl: 'https://runner.circleci.com',
  idleTimeoutSeconds: 300,
  maxRunTimeSeconds: 3600,
  bootTimeoutSeconds: 600,
  tellTaskEnd: true,
  drainTimeoutSeconds: 120,
  watchInterruption: false,
  retryOnInterruption: false,
  agentVersion: AGENT_VERSION,
};

/** Bodies of the stand-in commands, in bash; each has written down its call before. */
const COMMANDS: Readonly<Record<string, string>> = {
  'apt-get': '',
  chown: '',
  dnf: '',
  git: '',
  logger: 'cat >>"$RUNNER_SCALER_TEST_ROOT/journal"',
  nft: 'cat >"$RUNNER_SCALER_TEST_ROOT/ruleset"',
  runuser: 'exit 7',
  sleep: '',
  sudo: '',
  systemctl: '',
  // The real one, too, refuses a command that does not exist.
  'systemd-run':
    'for word; do [[ $word != /* ]] || [[ -x $RUNNER_SCALER_TEST_ROOT$word ]] || exit 1; done',
  uname: 'echo x86_64',
  useradd: '',
  // These two do their work; they are replaced to see their arguments.
  curl: 'PATH=$REAL_PATH exec curl "$@"',
  python3: 'PATH=$REAL_PATH exec python3 "$@"',
};

/** Commands of the real machine that a boot may use. It sees no others. */
const TOOLS =
  'base64 bash cat chmod env find flock gzip id install ln mkdir mktemp rm sha256sum tail tar tee timeout';

export interface MachineOptions {
  readonly userData?: Partial<UserDataOptions>;
  readonly cloud?: CloudOptions;
  /** Other bodies for some of the commands. */
  readonly commands?: Readonly<Record<string, string>>;
  /** Commands the image lacks. */
  readonly missing?: readonly string[];
  /** Files the image brings, by absolute path; executable. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface Machine {
  /** Runs the user data as cloud-init does; the result is its exit status. */
  boot(): Promise<number>;
  /** Runs a command line of a unit, with its paths below the machine's root. */
  run(commandLine: string): Promise<number>;
  /** Gives a stand-in command another body. */
  replace(name: string, body: string): void;
  /** What happened, in order: calls of commands as `name arguments`, calls over HTTP in words. */
  events(): string[];
  /** Absolute paths of the machine's files, without its commands. */
  files(): string[];
  /** Text of a file of the machine, by absolute path; empty when there is none. */
  file(path: string): string;
  readonly root: string;
  readonly userData: string;
  readonly autoscalingCalls: readonly URLSearchParams[];
  /** Bodies of the calls that sent events. */
  readonly eventCalls: readonly string[];
  remove(): Promise<void>;
}

export async function startMachine(options: MachineOptions = {}): Promise<Machine> {
  const root = mkdtempSync(join(tmpdir(), 'machine-'));
  const cloud = await startCloud(options.cloud);
  const calls = join(root, 'calls');
  cloud.onEvent = (event) => {
    appendFileSync(calls, `${event}\n`);
  };
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o755 });
  };
  const realPath = process.env['PATH'] ?? '';
  mkdirSync(join(root, 'stubs'));
  for (const tool of TOOLS.split(' ')) {
    const folder = realPath.split(':').find((folder) => existsSync(join(folder, tool)));
    if (folder === undefined) throw new Error(`these tests need the command ${tool}; install it`);
    symlinkSync(join(folder, tool), join(root, 'stubs', tool));
  }
  const replace = (name: string, body: string) => {
    rmSync(join(root, 'stubs', name), { force: true });
    write(
      `/stubs/${name}`,
      `#!/bin/bash\nprintf '%s\\n' "${name} \${*//$'\\n'/ }" >>'${calls}'\nexport -p >>'${root}/environment'\nREAL_PATH='${realPath}'\n${body}\n`,
    );
  };
  for (const [name, body] of Object.entries({ ...COMMANDS, ...options.commands })) {
    if (!options.missing?.includes(name)) replace(name, body);
  }
  for (const [path, text] of Object.entries(options.files ?? {})) write(path, text);
  for (const folder of ['dev', 'proc', 'tmp']) mkdirSync(join(root, folder));
  const userData = renderUserData({ ...OPTIONS, ...options.userData });
  write('/user-data', userData);

  const execute = (command: string, parameters: readonly string[]) =>
    new Promise<number>((resolve, reject) => {
      const child = spawn(command, parameters, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: join(root, 'stubs'),
          TMPDIR: join(root, 'tmp'),
          RUNNER_SCALER_TEST_ROOT: root,
          RUNNER_SCALER_TEST_URL: cloud.url,
        },
      });
      child.stdout.resume();
      child.stderr.resume();
      child.on('error', reject);
      // `close` comes when the last holder of its output has ended, so the log is complete.
      child.on('close', (status) => {
        resolve(status ?? -1);
      });
    });
  const file = (path: string) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';

  return {
    root,
    userData,
    autoscalingCalls: cloud.autoscalingCalls,
    eventCalls: cloud.eventCalls,
    replace,
    boot: () => execute(join(root, 'user-data'), []),
    run: (line) =>
      execute('/bin/bash', ['-c', line.replaceAll('/usr/local/', `${root}/usr/local/`)]),
    events: () => file('/calls').trimEnd().split('\n'),
    file,
    files: () =>
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.parentPath !== join(root, 'stubs'))
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length)),
    remove: async () => {
      await cloud.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Index of the one event that begins with the text; throws unless there is exactly one. */
export function indexOf(events: readonly string[], beginning: string): number {
  const found = events.flatMap((event, index) => (event.startsWith(beginning) ? [index] : []));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} events begin with "${beginning}":\n${events.join('\n')}`);
  }
  return only;
}

/** How often an event occurred. */
export function count(events: readonly string[], beginning: string): number {
  return events.filter((event) => event.startsWith(beginning)).length;
}
