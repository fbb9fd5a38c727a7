/** One machine: a root file system, a real PID 1, the user data of the synthesized template. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AGENT_FOLDER, Cloud, type CloudOptions, type Task } from './cloud.ts';
import { Group, type GroupOptions } from './group.ts';
import { CLOUD_ADDRESS, CLOUD_ADDRESS_IPV6, FAR_ADDRESS, HOSTS, MIRROR, PROXY } from './hosts.ts';
import { ControlGroup } from './control-group.ts';
import { INSTANCE_ID } from '../instance-services/names.ts';
import { Network, type NetworkOptions } from './network.ts';
import { authority, type Release, rootOf } from './roots.ts';

export interface MachineOptions {
  readonly release: Release;
  readonly userData: Buffer;
  readonly group?: GroupOptions;
  readonly cloud?: Partial<
    Pick<CloudOptions, 'fate' | 'imdsDelayMs' | 'lifeCycle' | 'secretString' | 'tokenSecret'>
  >;
  /** The program that the image holds. Default: `circleci-runner`. */
  readonly agent?: 'circleci-runner' | 'gitlab-runner';
  /** Whether the image holds the agent; else it is downloaded. Default: true. */
  readonly agentOnImage?: boolean;
  /** Files the image brings, by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Paths the image lacks. */
  readonly without?: readonly string[];
  /** A command run in the image before its boot. */
  readonly prepare?: string;
  readonly agentMode?: 'crash' | 'crash-in-task' | 'hang' | 'deaf';
  readonly network?: NetworkOptions;
  /** A folder where a file system hangs that nobody answers for. */
  readonly hungFolder?: string;
  readonly memoryMiB?: number;
}

const HUNG_FILE_SYSTEM = join(__dirname, 'stand-ins/hung-file-system');

/** How systemd-nspawn, with --keep-unit, says that it is to be started again. */
const REBOOT_STATUS = 133;

const ROOT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

let counter = 0;

export class Machine {
  readonly cloud: Cloud;
  readonly group: Group;
  readonly network: Network;
  readonly root: string;
  private readonly folder: string;
  private readonly name: string;
  private readonly options: MachineOptions;
  private hungFileSystem: ChildProcess | undefined;
  private process: ChildProcess | undefined;
  private ended: Promise<void> | undefined;
  private controlGroup: ControlGroup | undefined;
  private readonly startedAt = Date.now();

  constructor(options: MachineOptions) {
    this.options = options;
    counter += 1;
    this.name = `rs${process.pid % 10_000}x${counter}`;
    this.folder = mkdtempSync(join(tmpdir(), 'runner-scaler-machine-'));
    this.root = join(this.folder, 'root/merged');
    this.group = new Group(INSTANCE_ID, () => void this.pressPowerButton(), options.group);
    this.cloud = new Cloud({
      authority: authority(),
      group: this.group,
      folder: this.folder,
      ...options.cloud,
    });
    this.network = new Network(this.name);
  }

  async start(): Promise<void> {
    this.mount();
    await this.cloud.start();
    this.network.start(this.cloud.sockets, this.folder, this.options.network);
    this.fill();
    await this.hang();
    const words = [
      ...[
        '--directory',
        this.root,
        '--boot',
        '--register=no',
        '--keep-unit',
        `--machine=${this.name}`,
      ],
      ...[`--network-namespace-path=/run/netns/${this.network.machine}`, '--console=read-only'],
      ...[
        '--link-journal=no',
        '--capability=CAP_NET_ADMIN,CAP_NET_RAW',
        '--resolv-conf=off',
        '--timezone=off',
      ],
    ];
    this.controlGroup = new ControlGroup(this.name, { memoryMiB: this.options.memoryMiB });
    const [program = '', ...rest] = this.controlGroup.wrap(['systemd-nspawn', ...words]);
    this.ended = this.powerOn(program, rest);
  }

  /** Resolves when the machine is off. A reboot is no end: the same machine starts again. */
  private async powerOn(program: string, words: readonly string[]): Promise<void> {
    for (;;) {
      const child = spawn(program, words, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'] ?? '',
          // What systemd 252 boots with by default on cgroup v1 hosts, and what later ones need.
          ...(this.options.release !== 'bookworm' && { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' }),
        },
      });
      this.process = child;
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (part: Buffer) => {
          this.console += part.toString();
        });
      }
      const status = await new Promise((resolve) => child.on('exit', resolve));
      if (status !== REBOOT_STATUS || this.closed) return;
      this.reboots += 1;
    }
  }

  reboots = 0;
  private closed = false;

  console = '';

  /** Resolves when the machine is off; throws with its log when it is still on after so many seconds. */
  async off(seconds: number): Promise<void> {
    const late = Symbol('late');
    const timer = new AbortController();
    const first = await Promise.race([
      this.ended,
      sleep(seconds * 1000, late, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
    if (first === late) {
      throw new Error(`the machine is still on after ${seconds} s\n${this.everything()}`);
    }
  }

  /** Process id, seen from outside, of the machine's PID 1. */
  private get leader(): number {
    const outer = this.process?.pid ?? 0;
    const children = readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8')
      .trim()
      .split(' ');
    const id = Number(children.at(-1));
    // To `kill`, 0 is this process and all beside it.
    if (!(id > 1)) throw new Error('the machine is off');
    return id;
  }

  /** Runs a command on the machine as root; the result is what it printed. */
  async run(command: string): Promise<string> {
    const words = [
      '--target',
      String(this.leader),
      '--mount',
      '--uts',
      '--ipc',
      '--net',
      '--pid',
      '--root',
      '--wd',
    ];
    return new Promise((resolve, reject) => {
      const child = execFile(
        'nsenter',
        [...words, '--', '/bin/bash', '-c', command],
        { env: { PATH: ROOT_PATH }, timeout: 60_000 },
        (error, stdout, stderr) => {
          clearInterval(goOn);
          if (error)
            reject(new Error(`${command}: ${error.message}${stderr}\n${this.everything()}`));
          else resolve(`${stdout}${stderr}`);
        },
      );
      // A machine that shuts down stops its processes before it kills them, and nsenter then stops too.
      const goOn = setInterval(() => child.kill('SIGCONT'), 500);
    });
  }

  /** What logind does when the power button is pressed, which EC2 does on a stop and a termination. */
  async pressPowerButton(): Promise<void> {
    try {
      // SIGRTMIN+4: start poweroff.target.
      execFileSync('kill', ['-s', 'RTMIN+4', String(this.leader)], { stdio: 'pipe' });
    } catch {
      // It is off.
    }
    await sleep(0);
  }

  /** EC2 cuts the power. */
  cutPower(): void {
    try {
      process.kill(this.leader, 'SIGKILL');
    } catch {
      // It is off.
    }
  }

  queue(...tasks: readonly Task[]): void {
    this.cloud.tasks.push(...tasks);
  }

  /** Text of a file of the machine; empty when there is none. */
  file(path: string): string {
    const full = join(this.root, path);
    return existsSync(full) ? readFileSync(full, 'utf8') : '';
  }

  get release(): Release {
    return this.options.release;
  }

  get log(): string {
    return this.file('/var/log/runner-scaler.log');
  }

  journal(...words: string[]): string {
    const folder = join(this.root, 'var/log/journal');
    if (!existsSync(folder)) return '';
    try {
      return execFileSync(
        'journalctl',
        ['--directory', folder, '--no-pager', '--quiet', '--output=short-precise', ...words],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
          maxBuffer: 64 * 2 ** 20,
        },
      );
    } catch (error) {
      return String(error);
    }
  }

  everything(): string {
    const calls = this.cloud.calls.map(
      ({ at, what }) => `${((at - this.startedAt) / 1000).toFixed(2)} ${what}`,
    );
    return [
      ...['--- calls', ...calls, '--- problems', ...this.cloud.problems, '--- log', this.log],
      ...[
        '--- output of steps',
        ...this.cloud.output,
        '--- journal',
        this.journal().slice(-12_000),
      ],
      ...['--- console', this.console.slice(-3_000)],
      ...['--- cloud-init', this.file('/var/log/cloud-init-output.log').slice(-3_000)],
    ].join('\n');
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.process?.exitCode === null) {
      this.cutPower();
      this.process.kill('SIGKILL');
    }
    this.unhang();
    await this.controlGroup?.close();
    this.group.close();
    this.cloud.close();
    this.network.close();
    const { hungFolder } = this.options;
    const hung = hungFolder === undefined ? [] : [join(this.root, hungFolder)];
    for (const path of [...hung, this.root, join(this.folder, 'root')]) {
      try {
        execFileSync('umount', ['--lazy', path], { stdio: 'pipe' });
      } catch {
        // It was never mounted.
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private mount(): void {
    const at = (name: string) => join(this.folder, 'root', name);
    mkdirSync(join(this.folder, 'root'));
    execFileSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      'size=2g',
      'runner-scaler-machine',
      join(this.folder, 'root'),
    ]);
    for (const name of ['upper', 'work', 'merged']) mkdirSync(at(name));
    const layers = `lowerdir=${rootOf(this.options.release)},upperdir=${at('upper')},workdir=${at('work')}`;
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, at('merged')]);
  }

  private fill(): void {
    const { files = {}, without = [], prepare, agentOnImage = true, agentMode } = this.options;
    const { agent = 'circleci-runner' } = this.options;
    const seed = '/var/lib/cloud/seed/nocloud';
    this.write(`${seed}/meta-data`, `instance-id: ${INSTANCE_ID}\nlocal-hostname: runner\n`);
    this.write(`${seed}/user-data`, this.options.userData);
    this.write('/etc/cloud/cloud.cfg.d/99-tests.cfg', 'network: {config: disabled}\n');
    this.write('/etc/hosts', `127.0.0.1 localhost runner\n${this.names()}\n`);
    this.write('/etc/resolv.conf', '');
    this.write('/etc/apt/sources.list', `deb [trusted=yes] http://${MIRROR}/ ./\n`);
    rmSync(join(this.root, 'etc/apt/sources.list.d'), { recursive: true, force: true });
    mkdirSync(join(this.root, 'var/log/journal'), { recursive: true });
    if (agentOnImage) {
      cpSync(join(AGENT_FOLDER, agent), join(this.root, 'usr/local/bin', agent));
      chmodSync(join(this.root, 'usr/local/bin', agent), 0o755);
    }
    if (agentMode !== undefined)
      this.write('/etc/agent-mode.json', JSON.stringify({ mode: agentMode }));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    if (prepare !== undefined)
      execFileSync('chroot', [this.root, '/bin/bash', '-euc', prepare], { stdio: 'pipe' });
    for (const path of without) rmSync(join(this.root, path), { recursive: true, force: true });
  }

  private names(): string {
    const { ipv4 = true, proxy } = this.options.network ?? {};
    if (proxy) {
      const direct = proxy.direct ? `\n${FAR_ADDRESS} ${proxy.direct.join(' ')}` : '';
      return `${CLOUD_ADDRESS} ${PROXY.host}${direct}`;
    }
    return `${ipv4 ? CLOUD_ADDRESS : CLOUD_ADDRESS_IPV6} ${[...new Set([...HOSTS, MIRROR])].join(' ')}`;
  }

  private async hang(): Promise<void> {
    const { hungFolder } = this.options;
    if (hungFolder === undefined) return;
    const server = spawn(HUNG_FILE_SYSTEM, [join(this.root, hungFolder)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.hungFileSystem = server;
    await new Promise<void>((resolve, reject) => {
      server.stdout.once('data', () => {
        resolve();
      });
      server.once('exit', () => {
        reject(new Error('the hung file system cannot be mounted'));
      });
    });
  }

  /** What waits for the hung file system gets an error. */
  unhang(): void {
    this.hungFileSystem?.kill('SIGKILL');
  }

  private write(path: string, text: string | Buffer): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text, {
      mode: String(text).startsWith('#!') ? 0o755 : 0o644,
    });
  }

  /** Paths of the machine's files that hold one of the texts, below these folders. */
  filesWith(texts: readonly string[], folders: readonly string[]): string[] {
    return folders.flatMap((folder) =>
      readdirSync(join(this.root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => texts.some((text) => readFileSync(path).includes(text)))
        .map((path) => path.slice(this.root.length)),
    );
  }
}
