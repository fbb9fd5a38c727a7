/**
 * Two network namespaces joined by a cable: in one the machine, in the other the addresses of all it talks
 * to, from where `socat` leads each connection to the stand-ins.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import type { Cloud } from './cloud.ts';
import { CLOUD_ADDRESS, IMDS_ADDRESS, IMDS_ADDRESS_IPV6, MACHINE_ADDRESS } from './hosts.ts';

export class Network {
  /** The machine's namespace. */
  readonly machine: string;
  private readonly far: string;
  private readonly listeners = new Map<string, ChildProcess>();

  constructor(name: string) {
    this.machine = `${name}-m`;
    this.far = `${name}-c`;
  }

  start(sockets: Cloud['sockets'], { ipv6 = true } = {}): void {
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
    ip('-n', machine, 'address', 'add', `${MACHINE_ADDRESS}/24`, 'dev', 'eth0');
    ip('-n', machine, 'route', 'add', 'default', 'via', CLOUD_ADDRESS);
    ip('-n', far, 'address', 'add', `${CLOUD_ADDRESS}/24`, 'dev', 'cloud');
    ip('-n', far, 'address', 'add', `${IMDS_ADDRESS}/32`, 'dev', 'cloud');
    if (ipv6) {
      ip('-n', machine, 'address', 'add', 'fd77::2/64', 'dev', 'eth0', 'nodad');
      ip('-n', far, 'address', 'add', 'fd77::1/64', 'dev', 'cloud', 'nodad');
      ip('-n', far, 'address', 'add', `${IMDS_ADDRESS_IPV6}/128`, 'dev', 'cloud', 'nodad');
      ip('-n', machine, '-6', 'route', 'add', 'default', 'via', 'fd77::1');
      this.listen('imds6', `TCP6-LISTEN:80,bind=[${IMDS_ADDRESS_IPV6}]`, sockets.http);
    }
    this.listen('imds', `TCP4-LISTEN:80,bind=${IMDS_ADDRESS}`, sockets.http);
    this.listen('mirror', `TCP4-LISTEN:80,bind=${CLOUD_ADDRESS}`, sockets.http);
    this.listen('tls', `TCP4-LISTEN:443,bind=${CLOUD_ADDRESS}`, sockets.tls);
  }

  /** Nobody listens there any more: connections are refused. */
  refuse(listener: 'imds' | 'tls' | 'mirror'): void {
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
