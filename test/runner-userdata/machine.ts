/**
 * A machine to boot in a test: it has its own root folder, and commands that would change the computer are replaced
 * by ones that only record their call. What needs a real systemd, real users and a real network is tested on
 * real machines, in test/machine. Those run Debian: no root file system of Amazon Linux is available there, so
 * its script is tested only here.
 */
import { execFileSync, spawn } from 'node:child_process';
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
  type CircleCiAgent,
} from '../../runner-userdata/linux/agents/circleci/settings.ts';
import { renderScript } from '../../runner-userdata/linux/render.ts';
import type { UserDataOptions } from '../../runner-userdata/options.ts';
import { startCloud, type Cloud, type CloudOptions } from './cloud.ts';
import { COMMANDS, TOOLS } from './commands.ts';

export const OPTIONS: UserDataOptions & { readonly agent: CircleCiAgent } = {
  platform: 'ubuntu-24.04',
  group: 'fleet group + <1>',
  launchHook: 'ready',
  resourceClass: 'acme/linux',
  eventSource: 'runner-scaler.ci/acme/linux',
  idleTimeoutSeconds: 300,
  maxRunTimeSeconds: 3600,
  bootTimeoutSeconds: 600,
  tellTaskEnd: true,
  drainTimeoutSeconds: 120,
  watchInterruption: false,
  agent: {
    source: 'circleci',
    runnerUrl: 'https://runner.circleci.com',
    retryOnInterruption: false,
    version: AGENT_VERSION,
  },
};

export const SELF = '/usr/local/lib/runner-scaler/runner';
export const PREFIX = '/usr/local/lib/runner-scaler/task';
export const PROOF = '/usr/local/lib/runner-scaler/proof';
export const LOG = '/var/log/runner-scaler.log';
export const AGENT_CONFIG = '/etc/runner-scaler/agent.yaml';
export const POWER_OFF =
  'systemctl --no-block --job-mode=replace-irreversibly start poweroff.target';

export interface MachineOptions {
  readonly userData?: Partial<UserDataOptions>;
  readonly agentOptions?: Partial<CircleCiAgent>;
  readonly cloud?: CloudOptions;
  /** Other bodies for some of the commands. */
  readonly commands?: Readonly<Record<string, string>>;
  /** Commands the image lacks. */
  readonly missing?: readonly string[];
  /** Files the image brings, by absolute path; executable. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The environment by which systemd tells ExecStop and ExecStopPost how a service has ended. */
export interface ServiceEnd {
  readonly SERVICE_RESULT?: string;
  readonly EXIT_CODE?: string;
  readonly EXIT_STATUS?: string;
  /** Not of the end: the language of the image. Default: none. */
  readonly LANG?: string;
}

export interface UnitLine {
  readonly ended?: ServiceEnd;
  readonly mainPid?: number;
  /** What stands between `@` and `.service`. */
  readonly instance?: string;
}

export interface Machine {
  readonly cloud: Cloud;
  readonly root: string;
  /** The script in the user data. */
  readonly script: string;
  /** Runs the user data as cloud-init does; the result is its exit status. */
  readonly install: () => Promise<number>;
  /** The same, and then what systemd runs of the boot's unit; the result is the status of the boot. */
  readonly boot: () => Promise<number>;
  /** Runs a line of a unit as systemd does. */
  readonly unit: (
    name: string,
    line: 'ExecStart' | 'ExecStop' | 'ExecStopPost',
    more?: UnitLine,
  ) => Promise<number>;
  /** Runs the installed script, as a person does. */
  readonly runner: (...words: readonly string[]) => Promise<number>;
  /** Starts a task as the agent does. */
  readonly task: (...words: readonly string[]) => Promise<number>;
  /** Gives a stand-in command another body. */
  readonly replace: (name: string, body: string) => void;
  readonly write: (path: string, text: string) => void;
  /** What happened, in order: calls of commands as `name arguments`, calls over HTTP in words. */
  readonly events: () => string[];
  /** Absolute paths of the machine's files, without its commands. */
  readonly files: () => string[];
  /** Text of a file of the machine, by absolute path; empty when there is none. */
  readonly file: (path: string) => string;
  readonly has: (path: string) => boolean;
  /** What went to the journal or the terminal. */
  readonly output: () => string;
  readonly remove: () => Promise<void>;
}

/** `execute` in the stand-in commands: no shell helps where a file does not name its interpreter. */
const EXECUTE = `execute() {
  local first=
  read -rN2 first <"$1"
  [[ $first == '#!' ]] || { echo "$1: Exec format error" >&2; exit 126; }
  exec "$@"
}`;

const REAL_PATH = process.env['PATH'] ?? '';

function toolPath(tool: string): string {
  const folder = REAL_PATH.split(':').find((each) => existsSync(join(each, tool)));
  if (folder === undefined) throw new Error(`these tests need the command ${tool}; install it`);
  return join(folder, tool);
}

/** The interpreter itself: on the path there may be a script that finds it, which takes five times as long. */
const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();

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
  mkdirSync(join(root, 'stubs'));
  for (const tool of TOOLS) symlinkSync(toolPath(tool), join(root, 'stubs', tool));
  const replace = (name: string, body: string) => {
    rmSync(join(root, 'stubs', name), { force: true });
    write(
      `/stubs/${name}`,
      `#!/bin/bash
ROOT='${root}' REAL_PATH='${REAL_PATH}' PYTHON='${PYTHON}'
printf '%s\\n' "${name} \${*//$'\\n'/ }" >>'${calls}'
export -p >>'${root}/environment'
${EXECUTE}
${body}
`,
    );
  };
  for (const [name, body] of Object.entries({ ...COMMANDS, ...options.commands })) {
    if (!options.missing?.includes(name)) replace(name, body);
  }
  for (const [path, text] of Object.entries(options.files ?? {})) write(path, text);
  for (const folder of ['dev', 'proc', 'tmp']) mkdirSync(join(root, folder));
  const agent = { ...OPTIONS.agent, ...options.agentOptions };
  const script = renderScript({ ...OPTIONS, agent, ...options.userData });
  write('/user-data', script);

  let output = '';
  const execute = (words: readonly string[], environment: ServiceEnd = {}) =>
    new Promise<number>((resolve, reject) => {
      const [program = '', ...rest] = words;
      if (!namesInterpreter(program)) {
        output += `${program}: Exec format error\n`;
        resolve(126);
        return;
      }
      const child = spawn(program, rest, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: join(root, 'stubs'),
          TMPDIR: join(root, 'tmp'),
          RUNNER_SCALER_TEST_ROOT: root,
          RUNNER_SCALER_TEST_URL: cloud.url,
          ...environment,
        },
      });
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      }
      child.on('error', reject);
      // `close` comes when the last holder of its output has ended, so the log is complete.
      child.on('close', (status) => {
        resolve(status ?? -1);
      });
    });
  const file = (path: string) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
  const events = () => file('/calls').trimEnd().split('\n');

  const unit: Machine['unit'] = async (name, line, { ended, mainPid, instance } = {}) => {
    const text = file(`/etc/systemd/system/runner-scaler-${name}.service`);
    const command = new RegExp(`^${line}=(.+)$`, 'm').exec(text)?.[1];
    if (command === undefined) throw new Error(`the unit ${name} has no ${line}:\n${text}`);
    const [program = '', ...words] = command
      .replace('%i', instance ?? '%i')
      .replace(' $MAINPID', mainPid === undefined ? '' : ` ${mainPid}`)
      .split(' ');
    return execute([join(root, program), ...words], ended);
  };
  const install = async () => execute([join(root, 'user-data')]);

  return {
    cloud,
    root,
    script,
    replace,
    write,
    events,
    file,
    unit,
    install,
    has: (path) => existsSync(join(root, path)),
    output: () => output,
    boot: async () => {
      const installed = await install();
      if (installed !== 0) return installed;
      const started = 'systemctl --no-block start runner-scaler-boot.service';
      if (!events().includes(started)) throw new Error(`no ${started}:\n${events().join('\n')}`);
      const status = await unit('boot', 'ExecStart');
      if (status !== 0) {
        const EXIT_STATUS = String(status);
        const ended = { SERVICE_RESULT: 'exit-code', EXIT_CODE: 'exited', EXIT_STATUS };
        await unit('boot', 'ExecStopPost', { ended });
      }
      return status;
    },
    runner: async (...words) => execute([join(root, SELF), ...words]),
    task: async (...words) => {
      write('/task-below-root', belowRoot(file(PREFIX), root));
      return execute([join(root, 'task-below-root'), ...words]);
    },
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

/** The same, booted; throws with its log when the boot failed. */
export async function bootedMachine(options: MachineOptions = {}): Promise<Machine> {
  const machine = await startMachine(options);
  if ((await machine.boot()) === 0) return machine;
  const log = machine.file(LOG);
  await machine.remove();
  throw new Error(`the boot failed:\n${log}`);
}

/** What the machine said of its end; undefined when it said nothing. */
export function lastWord({ cloud }: Machine): Record<string, unknown> | undefined {
  const word = cloud.events.find(({ DetailType }) => DetailType === 'Runner Ended');
  return word && (JSON.parse(word.Detail) as Record<string, unknown>);
}

/**
 * Whether a file can be executed as cloud-init, systemd and the agent do it: not as a shell or Node would, which run a
 * script by themselves when the line that names its interpreter is lost.
 */
function namesInterpreter(path: string): boolean {
  return readFileSync(path, 'latin1').startsWith('#!');
}

/** The task's prefix, which knows of no other root, with its paths below one. */
function belowRoot(prefix: string, root: string): string {
  return prefix.replaceAll('>/run/', `>${root}/run/`).replaceAll('</etc/', `<${root}/etc/`);
}
