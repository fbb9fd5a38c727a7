/** Squid, the proxy that most such networks have, as a process beside the test. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../scripts/find-program.ts';
import { programsOf } from '../../scripts/programs.ts';
import { start } from './child.ts';
import { until } from './step.ts';

export interface Squid {
  readonly url: string;
  /** What it passed on or refused so far, by its own log: `200 gitlab.corp.example:8443`. */
  log(): Promise<readonly string[]>;
  end(): Promise<void>;
}

/** @param refused a host that its rules do not allow */
export async function startSquid(hosts: readonly string[], refused: string): Promise<Squid> {
  const program = programsOf('deploy').find(({ names }) => names.includes('squid'));
  const command = program && findProgram(program, process.env);
  if (command === undefined) {
    throw new Error('squid is missing; install it (Debian and Ubuntu: apt-get install squid)');
  }
  const folder = await mkdtemp(join(tmpdir(), 'squid-'));
  // As root it becomes another user, who writes the log.
  await chmod(folder, 0o777);
  const [hostsFile, log, config] = ['hosts', 'access.log', 'squid.conf'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await writeFile(hostsFile, hosts.map((host) => `127.0.0.1 ${host}\n`).join(''));
  const port = await freePort();
  await writeFile(
    config,
    [
      `http_port 127.0.0.1:${port}`,
      `hosts_file ${hostsFile}`,
      'dns_nameservers 127.0.0.1',
      `acl refused dstdomain ${refused}`,
      'http_access deny refused',
      'http_access allow all',
      'cache deny all',
      'logformat calls %>Hs %ru',
      `access_log stdio:${log} logformat=calls`,
      `cache_log ${join(folder, 'cache.log')}`,
      'pid_filename none',
      'netdb_filename none',
      `coredump_dir ${folder}`,
      'shutdown_lifetime 0 seconds',
      '',
    ].join('\n'),
  );
  const said: string[] = [];
  const companion = start({ command, args: ['-N', '-d', '1', '-f', config] }, (line) => {
    said.push(line);
  });
  await until(`squid listening on port ${port}`, 30_000, () => {
    const exit = companion.exit();
    if (exit !== undefined) throw new Error(`squid ended with ${exit}:\n${said.join('\n')}`);
    return said.some((line) => line.includes('Accepting HTTP Socket connections')) || undefined;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    log: async () => (await readFile(log, 'utf8')).trim().split('\n'),
    end: async () => {
      await companion.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
