/** The registrar, GitHub's releases, and the part of GitHub that runners use. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INSTANCE_ID, REGION } from '../instance-services/names.ts';
import { ok, type Reply } from '../instance-services/reply.ts';
import type { Task } from './cloud.ts';
import type { LifecycleState } from './group.ts';
import { rootOf } from './roots.ts';

export const REGISTRAR_URL = `https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.${REGION}.on.aws/`;
export const RUNNER_VERSION = '2.336.0';

/** Ends in the number of the registration: every one of them is secret. */
export const RUNNER_TOKEN_STEM = 'oauth-f00dcafe-runner-';

/** The stand-in for the runner, of that version. */
export function listenerOf(version: string): string {
  const text = readFileSync(join(__dirname, 'stand-ins/github-runner'), 'utf8');
  return text.replace(`VERSION = "${RUNNER_VERSION}"`, `VERSION = "${version}"`);
}

/**
 * Run by bash, which stands in for the worker's own program: its file is what the kernel executes. Unlike the real
 * worker, bash ignores two signals in what it starts in the background.
 */
export const SPAWN_CLIENT = `trap 'kill -TERM "$worker"' TERM
env --default-signal=INT,QUIT python3 -IS ./Runner.Listener spawnclient "$@" &
worker=$!
until wait "$worker" || ! kill -0 "$worker" 2>/dev/null; do :; done
`;

interface Route {
  readonly what: string;
  readonly quiet?: boolean;
  readonly answer: () => Reply;
}

interface Surroundings {
  readonly tasks: Task[];
  readonly output: string[];
  readonly results: string[];
  readonly lifecycleState: LifecycleState;
}

type RunnerState = 'registered' | 'online' | 'busy' | 'gone';

export class GitHub {
  /** Of the runners in the order of their registration. */
  readonly runners: RunnerState[] = [];
  /** What was asked for when machines registered. */
  readonly registered: Record<string, unknown>[] = [];
  /** How GitHub counts an online runner without a job: the flag is known to lag. */
  countsAsBusy = false;
  /** GitHub has given a job to the runner when it deletes it; the job arrives after it. */
  jobUnderWay = false;
  /** Version that the registrar asks for. */
  version = RUNNER_VERSION;
  private retired = false;
  private readonly around: Surroundings;

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** Calls that are signed, to the URL of the registrar. */
  registrar(path: string, body: Buffer): Route {
    const said = JSON.parse(body.toString()) as Record<string, unknown>;
    const last = this.runners.length - 1;
    if (path === '/register') {
      const { architecture } = said;
      if (architecture !== 'x64' && architecture !== 'arm64') {
        return refused(400, 'the architecture is not one that runners are made for');
      }
      if (!this.around.lifecycleState.startsWith('Pending')) {
        return refused(409, 'the machine is in service, and registers only once');
      }
      return {
        what: 'registrar register',
        answer: () => {
          if (last >= 0) this.runners[last] = 'gone';
          this.runners.push('registered');
          this.registered.push(said);
          return ok(JSON.stringify(this.registration()));
        },
      };
    }
    if (path !== '/retire') return refused(400, 'the path is not known');
    const busy = this.runners[last] === 'busy' || this.countsAsBusy;
    return {
      what: `registrar retire ${busy ? 'busy' : 'removed'}`,
      answer: () => {
        if (!busy) this.retired = true;
        if (!busy && !this.jobUnderWay) this.runners[last] = 'gone';
        return ok(JSON.stringify({ outcome: busy ? 'busy' : 'removed' }));
      },
    };
  }

  private registration() {
    const token = `${RUNNER_TOKEN_STEM}${this.runners.length}`;
    const files = {
      '.runner': {
        agentName: `ci-gpu-${INSTANCE_ID}`,
        serverUrl: 'https://broker.actions.githubusercontent.com',
      },
      '.credentials': { token },
      '.credentials_rsaparams': { d: token },
    };
    const encoded = Object.entries(files).map(([name, value]) => [name, base64(value)]);
    return {
      name: `ci-gpu-${INSTANCE_ID}`,
      jitConfig: base64(Object.fromEntries(encoded)),
      runner: {
        version: this.version,
        url: `https://github.com/actions/runner/releases/download/v${this.version}/actions-runner-linux-x64-${this.version}.tar.gz`,
        sha256: releaseOf(this.version).checksum,
      },
    };
  }

  /** What a runner calls with the credentials of its config. */
  broker({ method = '', url = '', headers }: IncomingMessage, body: Buffer): Route {
    const index = Number(headers.authorization?.replace(`Bearer ${RUNNER_TOKEN_STEM}`, '')) - 1;
    const state = this.runners[index] ?? 'gone';
    const asked = `${method} ${url}`;
    if (state === 'gone') {
      return { what: `github 401 ${asked}`, answer: () => ({ status: 401, body: '{}' }) };
    }
    const { tasks, output, results } = this.around;
    const said = JSON.parse(body.toString() || '{}') as Record<string, unknown>;
    switch (asked) {
      case 'POST /session':
        return {
          what: 'github session',
          answer: () => {
            this.runners[index] = 'online';
            return ok('{}');
          },
        };
      case 'GET /message': {
        const task = this.jobUnderWay && !this.retired ? undefined : tasks[0];
        return {
          what: task ? 'claim task' : 'claim nothing',
          quiet: task === undefined,
          answer: () => {
            if (task === undefined) return { status: 204, body: '' };
            tasks.shift();
            this.runners[index] = 'busy';
            return ok(JSON.stringify({ steps: task.steps, clean_up: task.cleanUpSeconds }));
          },
        };
      }
      case 'POST /step':
        return {
          what: `step ${String(said['step'])} ${String(said['status'])}`,
          answer: () => {
            output.push(String(said['output']));
            return ok('{}');
          },
        };
      case 'POST /result':
        return {
          what: `task ${String(said['result'])}`,
          answer: () => {
            results.push(String(said['result']));
            this.runners[index] = 'gone';
            return ok('{}');
          },
        };
      default:
        return { what: `github ${asked}`, answer: () => ok('{}') };
    }
  }

  /** github.com redirects to the host of the file. */
  release(host: string, path: string): Route {
    const version = /\/v([\d.]+)\//.exec(path)?.[1] ?? '';
    return {
      what: `download ${host}${path}`,
      answer: () =>
        host === 'github.com'
          ? {
              status: 302,
              body: '',
              headers: { location: `https://release-assets.githubusercontent.com${path}` },
            }
          : ok(releaseOf(version).archive),
    };
  }
}

function refused(status: number, message: string): Route {
  return {
    what: `registrar ${status}`,
    answer: () => ({ status, body: JSON.stringify({ message }) }),
  };
}

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

interface Release {
  readonly archive: Buffer;
  readonly checksum: string;
}

const releases = new Map<string, Release>();

/** The archive of a release, which says its version. */
function releaseOf(version: string): Release {
  const made = releases.get(version) ?? makeRelease(version);
  releases.set(version, made);
  return made;
}

function makeRelease(version: string): Release {
  const folder = mkdtempSync(join(tmpdir(), 'runner-release-'));
  for (const name of ['bin', 'externals/node20/bin'])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'bin/Runner.Listener'), listenerOf(version), { mode: 0o755 });
  writeFileSync(join(folder, 'bin/spawnclient'), SPAWN_CLIENT);
  copyFileSync(join(rootOf('bookworm'), 'usr/bin/bash'), join(folder, 'bin/Runner.Worker'));
  chmodSync(join(folder, 'bin/Runner.Worker'), 0o755);
  writeFileSync(join(folder, 'externals/node20/bin/node'), '#!/bin/sh\n', { mode: 0o755 });
  const archive = execFileSync('tar', ['-cz', '-C', folder, '.'], { maxBuffer: 64 * 2 ** 20 });
  rmSync(folder, { recursive: true });
  return { archive, checksum: createHash('sha256').update(archive).digest('hex') };
}
