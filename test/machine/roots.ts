/**
 * Root file systems of two releases that bracket Ubuntu 24.04: its systemd (255), cloud-init, sudo and curl
 * lie between those of Debian 12 and 13. Made once, kept in a folder that git ignores.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Authority, authorityIn, makeAuthority } from './authority.ts';
import { HOSTS } from './hosts.ts';

export const RELEASES = ['bookworm', 'trixie'] as const;
export type Release = (typeof RELEASES)[number];

/** What a stock cloud image of Ubuntu has too, as far as a runner or its hostile jobs meet it. */
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'cloud-init', 'cron', 'at', 'sudo'],
  ...['curl', 'ca-certificates', 'git', 'iproute2', 'nftables', 'procps', 'python3', 'util-linux'],
];

const FOLDER = resolve('node_modules/.cache/runner-scaler/machine');
const VERSION = createHash('sha256')
  .update(JSON.stringify([PACKAGES, HOSTS, 'v1']))
  .digest('hex')
  .slice(0, 12);

export function rootOf(release: Release): string {
  return join(FOLDER, VERSION, release);
}

export function authority(): Authority {
  return authorityIn(join(FOLDER, VERSION));
}

/** Makes what is missing; a second call finds it made. */
export function prepareRoots(): void {
  const folder = join(FOLDER, VERSION);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'server.crt'))) makeAuthority(folder, HOSTS);
  for (const release of RELEASES) {
    const root = rootOf(release);
    const marker = `${root}.complete`;
    if (existsSync(marker)) continue;
    rmSync(root, { recursive: true, force: true });
    const tar = `${root}.tar`;
    execFileSync(
      'mmdebstrap',
      ['--quiet', '--variant=minbase', `--include=${PACKAGES.join(',')}`, release, tar],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    mkdirSync(root);
    execFileSync('tar', [
      '--extract',
      '--file',
      tar,
      '--directory',
      root,
      '--xattrs',
      '--xattrs-include=*',
    ]);
    rmSync(tar);
    copyFileSync(join(folder, 'ca.crt'), join(root, 'usr/local/share/ca-certificates/tests.crt'));
    execFileSync('chroot', [root, 'update-ca-certificates'], { stdio: 'pipe' });
    writeFileSync(marker, '');
  }
}
