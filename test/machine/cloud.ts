/**
 * All that a machine talks to, each as the real one answers: the metadata service, AWS's endpoints over
 * TLS with signatures checked, the host of the agent's releases, CircleCI's runner API, a mirror of
 * packages. They listen on sockets of the file system; `network.ts` leads the machine's connections there.
 */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import type { Authority } from './authority.ts';
import { GitHub } from './github.ts';
import { GitLab } from './gitlab.ts';
import type { Group, LifecycleState } from './group.ts';
import {
  actionOf,
  autoscalingWords,
  type JsonServices,
  jsonReply,
  type LogEvent,
  type PutEvent,
} from '../instance-services/json-calls.ts';
import { metadataReply } from '../instance-services/metadata.ts';
import { CREDENTIALS, REGION, ROLE_SECRET, RUNNER_TOKEN } from '../instance-services/names.ts';
import { gitLabReleasesOf, type Releases, releasesOf } from '../instance-services/releases.ts';
import { ok, type Reply } from '../instance-services/reply.ts';
import { checkSignature } from '../instance-services/signature.ts';

/** Milliseconds that every answer takes at least. */
const LATENCY_MS = 20;

/** What is waited for comes within this, or never. */
const MADE_WITHIN_MS = 120_000;

/**
 * What becomes of a call: an answer; `lost` has its effect, and the connection breaks before the answer;
 * `hang` is never answered; `undefined` is what usually happens.
 */
export type Fate = Reply | 'lost' | 'hang' | undefined;

/** Holds the stand-in for the agent. */
export const AGENT_FOLDER = join(__dirname, 'stand-ins');

let releases: Releases | undefined;

export interface Call {
  /** Milliseconds since the epoch of the request. */
  readonly at: number;
  /** In words: `autoscaling TerminateInstanceInAutoScalingGroup true`. */
  readonly what: string;
  readonly body: string;
}

export interface Task {
  /** Lines for bash, run one after the other as the job's user. */
  readonly steps: readonly string[];
  /** Seconds for which the agent cleans up after it. */
  readonly cleanUpSeconds?: number;
}

export interface CloudOptions {
  readonly authority: Authority;
  readonly group: Group;
  readonly folder: string;
  readonly tokenSecret?: string;
  readonly lifeCycle?: 'on-demand' | 'spot';
  /** What becomes of a call, by its words; may change while the machine runs. */
  readonly fate?: (call: Call, nth: number) => Fate;
  readonly secretString?: string | null;
  /** Milliseconds that metadata takes to answer. */
  readonly imdsDelayMs?: number;
}

export class Cloud implements JsonServices {
  readonly calls: Call[] = [];
  readonly tasks: Task[] = [];
  /** What the steps of tasks printed. */
  readonly output: string[] = [];
  /** How tasks ended, as the agent reported it. */
  readonly results: string[] = [];
  readonly secrets: ReadonlyMap<string, string | null>;
  /** Hosts that requests over TLS named, in order. */
  readonly hosts: string[] = [];
  readonly events: PutEvent[] = [];
  readonly logEvents: LogEvent[] = [];
  /** Metadata entries beyond the usual ones. */
  readonly metadata = new Map<string, string>();
  readonly problems: string[] = [];
  fate: NonNullable<CloudOptions['fate']>;
  /** GitLab's part that runners use. */
  readonly gitLab = new GitLab(this);
  readonly gitHub = new GitHub(this);
  private readonly counts = new Map<string, number>();
  private readonly waiting = new Set<() => void>();
  private readonly options: CloudOptions;
  private readonly closers: (() => void)[] = [];

  constructor(options: CloudOptions) {
    this.options = options;
    this.fate = options.fate ?? (() => undefined);
    const { tokenSecret = ROLE_SECRET, secretString = RUNNER_TOKEN } = options;
    this.secrets = new Map([[tokenSecret, secretString]]);
  }

  get lifecycleState(): LifecycleState {
    return this.options.group.state;
  }

  get sockets(): { readonly http: string; readonly tls: string } {
    return {
      http: join(this.options.folder, 'http.sock'),
      tls: join(this.options.folder, 'tls.sock'),
    };
  }

  async start(): Promise<void> {
    const { cert, key } = this.options.authority.server;
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      this.respond(request, response).catch((error: unknown) => {
        if (!request.socket.destroyed) this.problems.push(String(error));
        request.socket.destroy();
      });
    };
    for (const [server, path] of [
      [createHttpServer(handle), this.sockets.http],
      [createTlsServer({ cert, key }, handle), this.sockets.tls],
    ] as const) {
      await new Promise<void>((resolve, reject) => {
        server.on('error', reject).listen(path, resolve);
      });
      this.closers.push(() => {
        server.closeAllConnections();
        server.close();
      });
    }
  }

  close(): void {
    this.closers.forEach((close) => {
      close();
    });
  }

  /** How often a call whose words begin so was made. */
  count(beginning: string): number {
    return this.calls.filter(({ what }) => what.startsWith(beginning)).length;
  }

  /**
   * Resolves once a call whose words begin so has been made so often.
   *
   * @throws Error when it has not been made within two minutes
   */
  async made(beginning: string, times = 1): Promise<void> {
    const late = setTimeout(() => {
      this.wake();
    }, MADE_WITHIN_MS);
    const from = Date.now();
    while (this.count(beginning) < times) {
      if (Date.now() - from >= MADE_WITHIN_MS) {
        throw new Error(
          `the call "${beginning}" was made ${this.count(beginning)} of ${times} times`,
        );
      }
      await new Promise<void>((resolve) => {
        this.waiting.add(resolve);
      });
    }
    clearTimeout(late);
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const route = this.route(request, body);
    const call: Call = { at: Date.now(), what: route.what, body: body.toString() };
    const nth = (this.counts.get(call.what) ?? 0) + 1;
    this.counts.set(call.what, nth);
    const fate = this.fate(call, nth);
    if (!route.quiet) this.calls.push(call);
    this.wake();
    if (fate === 'hang') return;
    const reply = fate === undefined || fate === 'lost' ? route.answer() : fate;
    const slow = call.what.startsWith('imds') ? this.options.imdsDelayMs : undefined;
    await sleep(slow ?? LATENCY_MS);
    if (fate === 'lost') request.socket.destroy();
    else {
      response.writeHead(reply.status, reply.headers).end(reply.body);
    }
  }

  private route(
    request: IncomingMessage,
    body: Buffer,
  ): { readonly what: string; readonly quiet?: boolean; readonly answer: () => Reply } {
    const path = request.url ?? '';
    const host = request.headers.host ?? '';
    if ('encrypted' in request.socket) this.hosts.push(host);
    if (path.startsWith('/latest/')) {
      const entry = path.replace(/^\/latest\/(meta-data\/)?/, '');
      return { what: `imds ${entry}`, quiet: true, answer: () => this.metadataOf(request) };
    }
    if (host === 'runner.circleci.com') return this.circleCi(request, path, body);
    if (host.startsWith('circleci-binary-releases')) {
      return { what: `download ${path}`, answer: () => releasesOfAgent().reply(path) };
    }
    if (host === 'gitlab.example.com') return this.gitLab.route(request, body);
    if (host.startsWith('gitlab-runner-downloads')) {
      return {
        what: `download ${path}`,
        answer: () =>
          gitLabReleasesOf(readFileSync(join(AGENT_FOLDER, 'gitlab-runner'))).reply(path),
      };
    }
    if (host === 'broker.actions.githubusercontent.com') return this.gitHub.broker(request, body);
    if (host === 'github.com' || host === 'release-assets.githubusercontent.com') {
      return this.gitHub.release(host, path);
    }
    const isRegistrar = host.endsWith(`.lambda-url.${REGION}.on.aws`);
    if (!isRegistrar && !/\.(?:amazonaws\.com|api\.aws)$/.test(host))
      return { what: `mirror ${path}`, answer: () => this.mirror(path) };
    const signed = checkSignature(
      { method: request.method ?? '', path, headers: request.headers, body },
      CREDENTIALS,
    );
    if ('refused' in signed) {
      return {
        what: `${host} ${signed.refused}`,
        answer: () => ({ status: 403, body: signed.refused }),
      };
    }
    const { service, region } = signed;
    if (isRegistrar && service === 'lambda' && region === REGION) {
      return this.gitHub.registrar(path, body);
    }
    if (isRegistrar || !host.startsWith(`${service}.`)) {
      return {
        what: `${host} signed for ${service}`,
        answer: () => ({ status: 403, body: 'scope' }),
      };
    }
    if (service === 'autoscaling') {
      const parameters = new URLSearchParams(body.toString());
      return {
        what: autoscalingWords(parameters),
        answer: () => this.options.group.answer(parameters),
      };
    }
    const action = actionOf(service, request.headers) ?? `unknown action of ${service}`;
    return { what: action, answer: () => jsonReply(action, body.toString(), this) };
  }

  private circleCi(request: IncomingMessage, path: string, body: Buffer) {
    const authorization = request.headers.authorization?.replace('Bearer ', '');
    const claim = path === '/api/v3/runner/claim';
    if (authorization !== (claim ? RUNNER_TOKEN : 'task-token')) {
      return { what: `circleci 401 ${path}`, answer: () => ({ status: 401, body: '{}' }) };
    }
    if (claim) {
      const task = this.tasks[0];
      return {
        what: task ? 'claim task' : 'claim nothing',
        quiet: task === undefined,
        answer: () => {
          this.tasks.shift();
          return task
            ? ok(
                JSON.stringify({
                  task_token: 'task-token',
                  steps: task.steps,
                  clean_up: task.cleanUpSeconds,
                }),
              )
            : { status: 204, body: '' };
        },
      };
    }
    const told = JSON.parse(body.toString()) as Record<string, unknown>;
    if (path === '/task/step') {
      return {
        what: `step ${String(told['step'])} ${String(told['status'])}`,
        answer: () => {
          this.output.push(String(told['output']));
          return ok('{}');
        },
      };
    }
    return {
      what: `task ${String(told['result'])}`,
      answer: () => {
        this.results.push(String(told['result']));
        return ok('{}');
      },
    };
  }

  private metadataOf(request: IncomingMessage): Reply {
    const { group, lifeCycle = 'on-demand' } = this.options;
    const changing = new Map([
      ['instance-life-cycle', lifeCycle],
      ['autoscaling/target-lifecycle-state', group.targetState],
      ...this.metadata,
    ]);
    return metadataReply(request, changing);
  }

  private mirror(path: string): Reply {
    const file = this.packages.get(path.replace(/^[./]+/, ''));
    return file === undefined ? { status: 404, body: '' } : ok(file);
  }

  /** Files of the mirror of packages, by path. */
  readonly packages = new Map<string, Buffer | string>();
}

function releasesOfAgent(): Releases {
  releases ??= releasesOf(AGENT_FOLDER);
  return releases;
}
