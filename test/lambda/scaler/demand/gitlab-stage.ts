/** GitLab as the cases of every source see it, in each of its scopes; and what only GitLab's own cases need. */
import { encodeGitLabDemand, type GitLabScope } from '../../../../lambda/scaler/contract.ts';
import { gitLab } from '../../../../lambda/scaler/demand/gitlab.ts';
import type { FleetQueue } from '../../../../lambda/scaler/demand/source.ts';
import type { Received, Reply } from '../../../http-server.ts';
import type { SourceUnderTest, Written } from './source-contract.ts';
import { type Answering, stage, type StageOptions } from './source-stage.ts';

export const LINUX = queueOf(1, { resourceClass: 'linux', tags: ['linux'] });
export const ARM = queueOf(2, { resourceClass: 'arm', tags: ['linux', 'arm'] });

export interface Class {
  readonly resourceClass: string;
  readonly tags?: readonly string[];
  readonly untagged?: boolean;
}

export function queueOf(runner: number, { resourceClass, ...matched }: Class): FleetQueue {
  return {
    resourceClass,
    group: `ci-${resourceClass}`,
    demand: encodeGitLabDemand({ runner, ...matched }),
  };
}

export const INSTANCE: GitLabScope = { kind: 'instance' };
export const GROUP: GitLabScope = { kind: 'group', group: 'acme/platform' };
export const PROJECTS: GitLabScope = { kind: 'projects', projects: ['acme/app', 42] };

export const GRAPHQL = '/api/graphql';
export const GROUP_PATH = '/api/v4/groups/acme%2Fplatform/projects';
export const jobsPath = (project: string | number) =>
  `/api/v4/projects/${encodeURIComponent(project)}/jobs`;

/** The ids of the runners in a query, in the order of their aliases. */
export function runnersIn({ body }: Pick<Received, 'body'>): readonly number[] {
  return [
    ...body.matchAll(/runner\d+: runner\(id: \\"gid:\/\/gitlab\/Ci::Runner\/(\d+)\\"\)/g),
  ].map(([, id]) => Number(id));
}

/** What GraphQL says of one runner, as the fields of `runner<n>` and of `jobs<n>`. */
export interface Said {
  readonly runner?: object | null;
  readonly jobs?: object | null;
}

export const SAID: Required<Said> = {
  runner: { paused: false, adminUrl: 'https://gitlab.example.com/admin/runners/1', jobCount: 1 },
  jobs: { count: 2 },
};

/** The same to somebody who is no administrator, as GitLab says it of a field that he may not see. */
export const SAID_TO_USER: Said = { runner: { ...SAID.runner, adminUrl: null } };

/** An answer of GraphQL, with what it says of each runner. */
export function graphQl(request: Received, said: (runner: number) => Said = () => SAID): Reply {
  const data = runnersIn(request).flatMap((id, at) => {
    const { runner, jobs } = { ...SAID, ...said(id) };
    return [
      [`runner${at}`, runner],
      [`jobs${at}`, jobs],
    ];
  });
  return { body: JSON.stringify({ data: Object.fromEntries(data) }) };
}

/** The same as text, so that a count may be anything. */
function written(request: Received, of: (runner: number) => Written): Reply {
  const parts = runnersIn(request).flatMap((id, at) => {
    const { running, unclaimed } = of(id);
    const runner = [
      '"paused":false,"adminUrl":"https://gitlab.example.com/admin/runners/1"',
      ...(running === undefined ? [] : [`"jobCount":${running}`]),
    ];
    const jobs = unclaimed === undefined ? '' : `"count":${unclaimed}`;
    return [`"runner${at}":{${runner.join()}}`, `"jobs${at}":{${jobs}}`];
  });
  return { body: `{"data":{${parts.join()}}}` };
}

export function job(...tags: readonly string[]): object {
  return { id: 1, status: 'pending', tag_list: tags, stage: 'test', runner: null };
}

const CLASS_OF = new Map([
  [1, LINUX],
  [2, ARM],
]);

function underTest(name: string, scope: GitLabScope, paths: readonly string[]): SourceUnderTest {
  return {
    name,
    make: (ports) => gitLab({ ...ports, scope }),
    queues: [LINUX, ARM],
    paths,
    tokenOf: ({ headers }) => /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1],
    answers: (counts) => (request) => {
      const of = (runner: number) => counts(CLASS_OF.get(runner)?.resourceClass ?? '');
      if (request.path === GRAPHQL) return written(request, of);
      if (request.path === GROUP_PATH) return { body: '[{"id":7}]' };
      return jobsOf(counts);
    },
    resetHeader: 'ratelimit-reset',
    waitsUntilRetryAt: true,
  };
}

/** As many jobs of each class as are written: those with the tag `linux` alone fit both, so ARM has its own. */
function jobsOf(counts: (resourceClass: string) => Written): Reply {
  const [linux, arm] = [counts('linux').unclaimed, counts('arm').unclaimed];
  const usable = [linux, arm].every((text) => /^\d{1,2}$/.test(text ?? ''));
  if (!usable) return { body: `[{"status":"pending","tag_list":${linux ?? 'null'}}]` };
  const own = Array.from({ length: Number(linux) }, () => job('linux'));
  const others = Array.from({ length: Number(arm) - Number(linux) }, () => job('arm'));
  return { body: JSON.stringify([...own, ...others]) };
}

export const BY_INSTANCE = underTest('gitlab by its instance', INSTANCE, [GRAPHQL]);
export const BY_GROUP = underTest('gitlab by a group', GROUP, [GRAPHQL, GROUP_PATH, jobsPath(7)]);
export const BY_PROJECTS = underTest(
  'gitlab by a project',
  { kind: 'projects', projects: ['acme/app'] },
  [GRAPHQL, jobsPath('acme/app')],
);

export async function gitLabStage(scope: GitLabScope, answer: Answering, options?: StageOptions) {
  const set = await stage((ports) => gitLab({ ...ports, scope }), answer, options);
  const readAll = async (queues: readonly FleetQueue[], budget = set.pass()) => {
    set.source.announce?.(queues, budget);
    return Promise.allSettled(queues.map(async (queue) => set.read(queue, budget)));
  };
  return { ...set, readAll };
}
