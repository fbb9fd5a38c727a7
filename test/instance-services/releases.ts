/** The release hosts of CircleCI and GitLab, with one version of an agent for both architectures. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { ok, type Reply } from './reply.ts';

export interface Releases {
  /** SHA-256 of the archive. */
  readonly checksum: string;
  /** @param path of the request, from the host's root */
  readonly reply: (path: string) => Reply;
}

const ARCHIVE = /^\/circleci-runner\/3\.1\.13\/circleci-runner_linux_(amd64|arm64)\.tar\.gz$/;

const GITLAB = /^\/v19\.4\.0\/(release\.sha256|binaries\/gitlab-runner-linux-(amd64|arm64))$/;

/** Whether GitLab's release host is asked. */
export function isGitLabRelease(path: string): boolean {
  return path.startsWith('/v');
}

/** @param agent the program, for both architectures */
export function gitLabReleasesOf(agent: Buffer): Releases {
  const checksum = createHash('sha256').update(agent).digest('hex');
  const names = ['deb/gitlab-runner_amd64.deb', ...['amd64', 'arm64'].map(binaryOf)];
  const sums = names.map(
    (name) => `${name.startsWith('deb') ? '0'.repeat(64) : checksum} *${name}\n`,
  );
  return {
    checksum,
    reply: (path) => {
      const [, file] = GITLAB.exec(path) ?? [];
      if (file === undefined) return { status: 404, body: 'NoSuchKey' };
      return ok(file === 'release.sha256' ? sums.join('') : agent);
    },
  };
}

function binaryOf(architecture: string): string {
  return `binaries/gitlab-runner-linux-${architecture}`;
}

/** @param folder holds the agent as the file `circleci-runner` */
export function releasesOf(folder: string): Releases {
  const archive = execFileSync('tar', ['-cz', '-C', folder, 'circleci-runner']);
  const checksum = createHash('sha256').update(archive).digest('hex');
  const one = { sha256: checksum };
  const manifest = { releases: { '3.1.13': { linux: { amd64: one, arm64: one } } } };
  return {
    checksum,
    reply: (path) => {
      if (path === '/circleci-runner/manifest.json') return ok(JSON.stringify(manifest));
      return ARCHIVE.test(path) ? ok(archive) : { status: 404, body: 'NoSuchKey' };
    },
  };
}
