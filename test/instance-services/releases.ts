/** CircleCI's release host, with one version of an agent for both architectures. */
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
