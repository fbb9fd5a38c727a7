/** The archive in which the stand-in for the agent is downloaded. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

export const AGENT_FILE = join(__dirname, 'stand-ins/circleci-runner');

let archive: Buffer | undefined;

export function agentArchive(): Buffer {
  archive ??= execFileSync('tar', ['-cz', '-C', join(AGENT_FILE, '..'), 'circleci-runner']);
  return archive;
}

export function agentChecksum(): string {
  return createHash('sha256').update(agentArchive()).digest('hex');
}
