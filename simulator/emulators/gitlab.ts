/**
 * GitLab as far as a scaler reads it: the root fields `runner` and `jobs` of its GraphQL, and of REST the projects of a
 * group and the jobs of a project. Each class of the world is one runner, and one project whose jobs ask for it.
 *
 * @see https://docs.gitlab.com/api/graphql/reference/
 * @see https://docs.gitlab.com/api/jobs/#list-project-jobs
 */
import { parseObject } from '../../lambda/scaler/contract.ts';
import { WorldFault } from '../world/fault.ts';
import type { TaskCounts } from './circleci.ts';
import type { Request, Response } from './server.ts';

export interface GitLabRunner {
  readonly id: number;
  /** The world's class whose tasks it takes. */
  readonly resourceClass: string;
  /** Its tags, which all jobs of the class ask for. Default: none. */
  readonly tags?: readonly string[];
  /** Default: false. */
  readonly paused?: boolean;
}

export interface GitLabEmulatorOptions {
  readonly counts: TaskCounts;
  /** The API token that is accepted. */
  readonly token: string;
  readonly runners: readonly GitLabRunner[];
  /** Whether its user is an administrator. Default: true. */
  readonly isAdministrator?: boolean;
}

/** One more says that there are more. */
const MOST_JOBS_COUNTED = 1_000;

/** @see https://docs.gitlab.com/api/graphql/#limits */
const LONGEST_QUERY = 10_000;

export function gitLabEmulator(options: GitLabEmulatorOptions) {
  const answerGraphQl = graphQl(options);
  const answerRest = rest(options);

  return (request: Request): Response => {
    const { method, path, headers } = request;
    const isAllowed =
      headers.authorization === `Bearer ${options.token}` ||
      headers['private-token'] === options.token;
    try {
      if (path === '/api/graphql') {
        if (!isAllowed) return json(401, { errors: [{ message: 'Invalid token' }] });
        if (method !== 'POST') return refusal(404, '404 Not Found');
        return answerGraphQl(request);
      }
      if (!isAllowed) return refusal(401, '401 Unauthorized');
      return method === 'GET' ? answerRest(request) : refusal(404, '404 Not Found');
    } catch (error) {
      if (error instanceof WorldFault) return refusal(error.status, error.message);
      throw error;
    }
  };
}

/** `alias: runner(id: "…") { … }` and `alias: jobs(…) { … }`, as far as their selections hold no further ones. */
const ROOT_FIELD = /(?:(\w+)\s*:\s*)?\b(runner|jobs)\s*\(([^()]*)\)\s*\{([^{}]*)\}/g;
const RUNNER_ID = /"gid:\/\/gitlab\/Ci::Runner\/(\d+)"/;

function graphQl({ counts, runners, isAdministrator = true }: GitLabEmulatorOptions) {
  const jobsOf = (id: string, args: string): object | undefined => {
    if (!/statuses:\s*\[PENDING\]/.test(args)) return undefined;
    const runner = runnerBy(runners, id);
    // Of a user who is no administrator GitLab hides the jobs, and says nothing.
    if (!isAdministrator || runner === undefined) return { count: 0, nodes: [] };
    return { count: counts.readUnclaimed(runner.resourceClass) };
  };
  const runnerOf = (id: string, selection: string): object | null => {
    const runner = runnerBy(runners, id);
    if (runner === undefined) return null;
    const all: Readonly<Record<string, () => unknown>> = {
      id: () => `gid://gitlab/Ci::Runner/${id}`,
      paused: () => runner.paused ?? false,
      tagList: () => runner.tags ?? [],
      adminUrl: () => (isAdministrator ? `http://gitlab.localhost/admin/runners/${id}` : null),
      jobCount: () => Math.min(counts.readRunning(runner.resourceClass), MOST_JOBS_COUNTED + 1),
    };
    const asked = Object.entries(all).filter(([field]) =>
      new RegExp(`\\b${field}\\b`).test(selection),
    );
    return Object.fromEntries(asked.map(([field, value]) => [field, value()]));
  };

  return ({ body }: Request): Response => {
    const query = parseObject(body)?.['query'];
    if (typeof query !== 'string') return failed('No query string was present');
    if (query.length > LONGEST_QUERY) return failed('Query too large');
    const data: Record<string, unknown> = {};
    for (const [, alias, field = '', args = '', selection = ''] of query.matchAll(ROOT_FIELD)) {
      const id = RUNNER_ID.exec(args)?.[1];
      if (id === undefined) return failed(`Field '${field}' is missing the id of a runner`);
      const value = field === 'runner' ? runnerOf(id, selection) : jobsOf(id, args);
      if (value === undefined) {
        return failed(
          'compatibleRunnerId can only be used when the `statuses` argument is set to "PENDING"',
        );
      }
      data[alias ?? field] = value;
    }
    return Object.keys(data).length === 0 ? failed('Selections are missing') : json(200, { data });
  };
}

/** As GraphQL refuses: with status 200. */
function failed(message: string): Response {
  return json(200, { errors: [{ message }] });
}

function rest({ counts, runners }: GitLabEmulatorOptions) {
  return ({ path, query, headers }: Request): Response => {
    const page = (items: readonly object[]) =>
      paged(items, { query, url: `http://${headers.host ?? 'localhost'}${path}` });
    if (/^\/api\/v4\/groups\/[^/]+\/projects$/.test(path)) return page(runners.map(projectOf));
    const project = /^\/api\/v4\/projects\/([^/]+)\/jobs$/.exec(path)?.[1];
    const id = decodeURIComponent(project ?? '');
    const runner = runners.find((each) => {
      const { id: number, path_with_namespace: name } = projectOf(each);
      return id === String(number) || id === name;
    });
    if (project === undefined) return refusal(404, '404 Not Found');
    if (runner === undefined) return refusal(404, '404 Project Not Found');
    const scope = query.getAll('scope[]');
    if (scope.some((status) => status !== 'pending')) {
      return json(400, { error: 'scope does not have a valid value' });
    }
    const { resourceClass, tags = [] } = runner;
    const jobs = Array.from({ length: counts.readUnclaimed(resourceClass) }, (_, at) => ({
      id: at + 1,
      name: resourceClass,
      status: 'pending',
      stage: 'test',
      tag_list: tags,
      runner: null,
    }));
    return page(jobs);
  };
}

function projectOf({ id, resourceClass }: GitLabRunner) {
  const name = resourceClass.replaceAll(/[^A-Za-z0-9_.-]/g, '-');
  return { id, name, path: name, path_with_namespace: `acme/${name}` };
}

/** A link to the next page, as keyset and numbered pages have; the cursor is the number of items before it. */
function paged(
  items: readonly object[],
  { query, url }: { readonly query: URLSearchParams; readonly url: string },
): Response {
  const size = Math.min(Number(query.get('per_page') ?? 20), 100);
  const begin = Number(query.get('cursor') ?? 0);
  const answer = json(200, items.slice(begin, begin + size));
  if (begin + size >= items.length) return answer;
  const next = new URLSearchParams(query);
  next.set('cursor', String(begin + size));
  return { ...answer, headers: { link: `<${url}?${next.toString()}>; rel="next"` } };
}

function runnerBy(runners: readonly GitLabRunner[], id: string): GitLabRunner | undefined {
  return runners.find((runner) => String(runner.id) === id);
}

function json(status: number, body: object): Response {
  return { status, type: 'application/json', body: JSON.stringify(body) };
}

function refusal(status: number, message: string): Response {
  return json(status, { message });
}
