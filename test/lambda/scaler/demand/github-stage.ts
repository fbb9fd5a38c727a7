/** GitHub as the cases of every source see it, in both scopes; and what only GitHub's own cases need. */
import { encodeGitHubDemand, type GitHubScope } from '../../../../lambda/scaler/contract.ts';
import { gitHub } from '../../../../lambda/scaler/demand/github.ts';
import type { FleetQueue } from '../../../../lambda/scaler/demand/source.ts';
import type { Answer, Received, Reply } from '../../../http-server.ts';
import type { SourceUnderTest, Written } from './source-contract.ts';
import { type Answering, type SourcePorts, stage, type StageOptions } from './source-stage.ts';

export interface Class {
  readonly labels: readonly string[];
  /** Default: `acme`. */
  readonly at?: string;
}

export function queueOf(resourceClass: string, { labels, at = 'acme' }: Class): FleetQueue {
  return {
    resourceClass,
    group: `ci-${resourceClass}`,
    demand: encodeGitHubDemand({ labels, at, prefix: `ci-${resourceClass}-` }),
  };
}

export const LINUX = queueOf('linux', { labels: ['acme'] });
export const ARM = queueOf('arm', { labels: ['acme', 'arm'] });

export const OWNERS: GitHubScope = { kind: 'owners', owners: ['acme'] };
export const REPOSITORIES: GitHubScope = { kind: 'repositories', repositories: ['acme/app'] };

const API = '/api/v3';
export const LIST = `${API}/installation/repositories`;
export const runsPath = (repository: string) => `${API}/repos/${repository}/actions/runs`;
export const jobsPath = (repository: string, run: number) => `${runsPath(repository)}/${run}/jobs`;

let jobs = 0;

/** As GitHub shows a job, as far as it is read, and more. */
export function job(status: string, labels: readonly string[], change: object = {}): object {
  jobs += 1;
  return {
    id: jobs,
    name: `job ${jobs}`,
    status,
    labels,
    conclusion: status === 'completed' ? 'success' : null,
    runner_id: null,
    runner_name: null,
    ...change,
  };
}

/** A job on a runner of the class. */
export function running(resourceClass: string, machine = 1): object {
  const id = `i-${machine.toString(16).padStart(17, '0')}`;
  return job('in_progress', ['acme'], { runner_id: 5, runner_name: `ci-${resourceClass}-${id}` });
}

export function listed(key: string, items: readonly object[], total = items.length): Reply {
  return { body: JSON.stringify({ total_count: total, [key]: items }) };
}

export function repository(name: string, change: object = {}): object {
  return { id: 7, full_name: name, archived: false, disabled: false, ...change };
}

/** What a test says of GitHub; a test changes it. */
export interface Hub {
  /** Those that the App is installed for. */
  repositories: readonly (string | object)[];
  /** The runs of each repository, by status. */
  runs: Record<string, Readonly<Record<string, readonly number[]>> | Answer>;
  jobs: Record<number, readonly object[] | Answer>;
}

export function answerOf(hub: Hub) {
  return ({ path, query }: Received): Answer => {
    if (path === LIST) {
      return listed(
        'repositories',
        hub.repositories.map((each) => (typeof each === 'string' ? repository(each) : each)),
      );
    }
    const [, name = '', run] =
      /\/repos\/([^/]+\/[^/]+)\/actions\/runs(?:\/(\d+)\/jobs)?$/.exec(path) ?? [];
    if (run !== undefined) {
      const found = hub.jobs[Number(run)] ?? [];
      return isList(found) ? listed('jobs', found) : found;
    }
    const runs = hub.runs[name] ?? {};
    if (typeof runs === 'string' || isReply(runs)) return runs;
    const ids = runs[query.get('status') ?? ''] ?? [];
    return listed(
      'workflow_runs',
      ids.map((id) => ({ id, name: 'CI', status: query.get('status') })),
    );
  };
}

function isList(found: readonly object[] | Answer): found is readonly object[] {
  return Array.isArray(found);
}

function isReply(runs: object): runs is Reply {
  return ['status', 'headers', 'body'].some((key) => key in runs);
}

function make(ports: SourcePorts, scope: GitHubScope) {
  const { tokens } = ports;
  return gitHub({
    ...ports,
    scope,
    tokens: {
      current: async (_owner, budget) => tokens.current(budget),
      renewed: async (_owner, refused, budget) => tokens.reread(refused, budget),
    },
  });
}

export async function gitHubStage(scope: GitHubScope, answer: Answering, options?: StageOptions) {
  const set = await stage((ports) => make(ports, scope), answer, options);
  const readAll = async (queues: readonly FleetQueue[], budget = set.pass()) => {
    set.source.existing?.(queues);
    set.source.announce?.(queues, budget);
    return Promise.allSettled(queues.map(async (queue) => set.read(queue, budget)));
  };
  return { ...set, readAll };
}

/** The stage with a hub that the test changes. */
export async function hubStage(scope: GitHubScope, change: Partial<Hub> = {}) {
  const hub: Hub = {
    repositories: change.repositories ?? ['acme/app'],
    runs: { ...change.runs },
    jobs: { ...change.jobs },
  };
  const special: { answer?: ((request: Received) => Answer | undefined) | undefined } = {};
  const set = await gitHubStage(
    scope,
    (request) => special.answer?.(request) ?? answerOf(hub)(request),
  );
  const asked = (path: string) => set.paths().filter((each) => each === path).length;
  return { ...set, hub, special, asked };
}

/** The hub's answers with these headers, too. */
export function withHeaders(hub: Hub, headers: (request: Received) => Record<string, string>) {
  return (request: Received): Answer => {
    const answer = answerOf(hub)(request);
    if (typeof answer === 'string') return answer;
    return { ...answer, headers: { ...answer.headers, ...headers(request) } };
  };
}

/** One run with as many jobs of each class as are written; its `total_count` where that is no count. */
function jobsOf(counts: (resourceClass: string) => Written): Reply {
  const all = [LINUX, ARM].map(({ resourceClass }) => ({
    resourceClass,
    ...counts(resourceClass),
  }));
  const texts = all.flatMap(({ running, unclaimed }) => [running, unclaimed]);
  const bad = texts.find((text) => !/^\d{1,2}$/.test(text ?? ''));
  const isBad = texts.some((text) => !/^\d{1,2}$/.test(text ?? ''));
  if (isBad)
    return { body: bad === undefined ? '{"jobs":[]}' : `{"total_count":${bad},"jobs":[]}` };
  return listed(
    'jobs',
    all.flatMap(({ resourceClass, running: busy, unclaimed }) => [
      ...Array.from({ length: Number(busy) }, (_, at) => running(resourceClass, at)),
      ...Array.from({ length: Number(unclaimed) }, () =>
        job('queued', resourceClass === 'arm' ? ['acme', 'arm'] : ['acme']),
      ),
    ]),
  );
}

function underTest(name: string, scope: GitHubScope, before: readonly string[]): SourceUnderTest {
  const hub: Hub = { repositories: ['acme/app'], runs: { 'acme/app': { queued: [9] } }, jobs: {} };
  const lists = Array.from({ length: 4 }, () => runsPath('acme/app'));
  return {
    name,
    make: (ports) => make(ports, scope),
    queues: [LINUX, ARM],
    paths: [...before, ...lists, jobsPath('acme/app', 9)],
    tokenOf: ({ headers }) => /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1],
    answers: (counts) => {
      const others = answerOf(hub);
      return (request) => {
        const answer = request.path.endsWith('/jobs') ? jobsOf(counts) : others(request);
        if (typeof answer === 'string') throw new Error('no answer');
        return answer;
      };
    },
    waitsUntilRetryAt: true,
    pausesAfter429: true,
  };
}

export const BY_OWNERS = underTest('github by an owner', OWNERS, [LIST]);
export const BY_REPOSITORIES = underTest('github by a repository', REPOSITORIES, []);
