/**
 * Two network namespaces joined by a cable: in one the machine, in the other the addresses of all it talks
 * to, from where `socat` leads each connection to the stand-ins.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from './cloud.ts';
import {
  CLOUD_ADDRESS,
  CLOUD_ADDRESS_IPV6,
  FAR_ADDRESS,
  HOSTS,
  IMDS_ADDRESS,
  IMDS_ADDRESS_IPV6,
  MACHINE_ADDRESS,
  PROXY,
} from './hosts.ts';

/** How the machine reaches what it talks to. */
export interface NetworkOptions {
  /** Whether the machine has IPv6. Default: true. */
  readonly ipv6?: boolean;
  /** Whether the machine has IPv4. Default: true. */
  readonly ipv4?: boolean;
  /**
   * A network whose only way out is a proxy: the machine has no route to anything but the proxy and its metadata, and
   * knows no name but the proxy's. Default: no proxy, and a route to everything.
   */
  readonly proxy?: {
    /** Whether it runs when the machine starts. Default: true. */
    readonly up?: boolean;
    /** Hosts that the machine reaches all the same, as by the endpoints of a VPC. Default: none. */
    readonly direct?: readonly string[];
  };
}

export class Network {
  /** The machine's namespace. */
  readonly machine: string;
  private readonly far: string;
  private readonly listeners = new Map<string, ChildProcess>();
  private proxyLog = '';

  constructor(name: string) {
    this.machine = `${name}-m`;
    this.far = `${name}-c`;
  }

  start(
    sockets: Cloud['sockets'],
    folder: string,
    { ipv6 = true, ipv4 = true, proxy }: NetworkOptions = {},
  ): void {
    const { machine, far } = this;
    for (const name of [machine, far]) ip('netns', 'add', name);
    ip(
      'link',
      'add',
      'eth0',
      'netns',
      machine,
      'type',
      'veth',
      'peer',
      'name',
      'cloud',
      'netns',
      far,
    );
    for (const [name, device] of [
      [machine, 'eth0'],
      [far, 'cloud'],
    ] as const) {
      ip('-n', name, 'link', 'set', 'lo', 'up');
      ip('-n', name, 'link', 'set', device, 'up');
    }
    if (ipv4) {
      ip('-n', machine, 'address', 'add', `${MACHINE_ADDRESS}/24`, 'dev', 'eth0');
      const reached = proxy ? `${IMDS_ADDRESS}/32` : 'default';
      ip('-n', machine, 'route', 'add', reached, 'via', CLOUD_ADDRESS);
    }
    ip('-n', far, 'address', 'add', `${CLOUD_ADDRESS}/24`, 'dev', 'cloud');
    ip('-n', far, 'address', 'add', `${IMDS_ADDRESS}/32`, 'dev', 'cloud');
    if (ipv6) {
      ip('-n', machine, 'address', 'add', 'fd77::2/64', 'dev', 'eth0', 'nodad');
      ip('-n', far, 'address', 'add', `${CLOUD_ADDRESS_IPV6}/64`, 'dev', 'cloud', 'nodad');
      ip('-n', far, 'address', 'add', `${IMDS_ADDRESS_IPV6}/128`, 'dev', 'cloud', 'nodad');
      const reached = proxy ? `${IMDS_ADDRESS_IPV6}/128` : 'default';
      ip('-n', machine, '-6', 'route', 'add', reached, 'via', CLOUD_ADDRESS_IPV6);
      this.listen('mirror6', `TCP6-LISTEN:80,bind=[${CLOUD_ADDRESS_IPV6}]`, sockets.http);
      this.listen('tls6', `TCP6-LISTEN:443,bind=[${CLOUD_ADDRESS_IPV6}]`, sockets.tls);
      this.listen('imds6', `TCP6-LISTEN:80,bind=[${IMDS_ADDRESS_IPV6}]`, sockets.http);
    }
    this.listen('imds', `TCP4-LISTEN:80,bind=${IMDS_ADDRESS}`, sockets.http);
    const services = proxy ? FAR_ADDRESS : CLOUD_ADDRESS;
    if (proxy) {
      ip('-n', far, 'address', 'add', `${FAR_ADDRESS}/32`, 'dev', 'lo');
      if (proxy.direct) ip('-n', machine, 'route', 'add', FAR_ADDRESS, 'via', CLOUD_ADDRESS);
      if (proxy.up !== false) this.runProxy(folder);
    }
    this.listen('mirror', `TCP4-LISTEN:80,bind=${services}`, sockets.http);
    this.listen('tls', `TCP4-LISTEN:443,bind=${services}`, sockets.tls);
  }

  /** Hosts and ports that the proxy was asked for, in order. */
  get proxied(): string[] {
    const lines = readFileSync(this.proxyLog, 'utf8').matchAll(
      /Request \(file descriptor \d+\): (?:CONNECT ([^ ]+)|\w+ http:\/\/([^/ ]+))/g,
    );
    return [...lines].map(([, tunnel, plain]) => tunnel ?? `${plain}:80`);
  }

  /** Only where it runs do names lead anywhere. */
  private runProxy(folder: string): void {
    const names = join('/etc/netns', this.far);
    mkdirSync(names, { recursive: true });
    writeFileSync(join(names, 'hosts'), `127.0.0.1 localhost\n${FAR_ADDRESS} ${HOSTS.join(' ')}\n`);
    writeFileSync(join(names, 'resolv.conf'), '');
    const settings = join(folder, 'proxy.conf');
    const refused = join(folder, 'proxy.refused');
    // On another computer than the machine, this would be the metadata of that computer.
    writeFileSync(refused, '^169\\.254\\.\n^\\[?fd00:\n');
    this.proxyLog = join(folder, 'proxy.log');
    writeFileSync(
      settings,
      `Port ${PROXY.port}\nListen ${CLOUD_ADDRESS}\nTimeout 600\nMaxClients 100\nLogFile "${this.proxyLog}"\nLogLevel Connect\nConnectPort 443\nConnectPort 80\nFilter "${refused}"\nFilterExtended On\n`,
    );
    this.listeners.set(
      'proxy',
      spawn('ip', ['netns', 'exec', this.far, 'tinyproxy', '-d', '-c', settings], {
        stdio: 'ignore',
      }),
    );
  }

  /** Nobody listens there any more: connections are refused. */
  refuse(listener: 'imds' | 'tls' | 'mirror' | 'proxy'): void {
    this.listeners.get(listener)?.kill('SIGKILL');
    this.listeners.delete(listener);
  }

  /** The machine's kernel passes on what is not for itself, as Docker has it do. */
  forward(): void {
    ip('netns', 'exec', this.machine, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward');
  }

  /** The cable is out: what is sent is lost. */
  unplug(): void {
    ip('-n', this.far, 'link', 'set', 'cloud', 'down');
  }

  close(): void {
    for (const listener of this.listeners.values()) listener.kill('SIGKILL');
    for (const name of [this.machine, this.far]) {
      try {
        ip('netns', 'delete', name);
      } catch {
        // It was never made.
      }
    }
    rmSync(join('/etc/netns', this.far), { recursive: true, force: true });
  }

  private listen(name: string, address: string, socket: string): void {
    const words = [`${address},reuseaddr,fork,backlog=64`, `UNIX-CONNECT:${socket}`];
    this.listeners.set(
      name,
      spawn('ip', ['netns', 'exec', this.far, 'socat', ...words], { stdio: 'ignore' }),
    );
  }
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: 'pipe' });
}
