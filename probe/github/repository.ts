/** The throw-away repository in GitHub's REST API, as far as the probe uses it. */
import { gitHubApiUrl, isObject } from '../../lambda/scaler/contract.ts';
import { type Call, type Caller, GitHubProbeError, objectsIn, type Said } from './call.ts';

export interface RepositoryOptions {
  /** Base URL as people open it, without a trailing slash. */
  readonly url: string;
  /** As `owner/name`. */
  readonly name: string;
  readonly token: string;
}

export interface Listed {
  readonly id: number;
  readonly name: string;
}

export interface Run {
  readonly id: number;
  readonly isCompleted: boolean;
}

export interface Job {
  readonly name: string;
  readonly status: string;
  readonly conclusion: string;
  readonly labels: readonly string[];
  /** Name of its runner; empty while it waits. */
  readonly runner: string;
}

export type Repository = ReturnType<typeof repositoryIn>;

export function repositoryIn({ url, name, token }: RepositoryOptions, call: Caller) {
  const api = gitHubApiUrl(url);
  const base = `${api}/repos/${name}`;

  const ask = async ({ url: path, headers, ...rest }: Call): Promise<Said> =>
    call({
      ...rest,
      url: `${base}${path}`,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        ...headers,
      },
    });

  return {
    name,
    api,
    /** As people open it. */
    page: `${url}/${name}`,
    ask,

    async defaultBranch(): Promise<string> {
      const { body } = await ask({ url: '' });
      const branch = body['default_branch'];
      if (typeof branch === 'string') return branch;
      throw new GitHubProbeError(`GitHub does not name the default branch of ${name}`);
    },

    async workflows(): Promise<number> {
      const { body } = await ask({ url: '/actions/workflows?per_page=1' });
      const total = body['total_count'];
      if (typeof total === 'number') return total;
      throw new GitHubProbeError(`GitHub does not say how many workflows ${name} has`);
    },

    /** Pushes one file to a branch that is made for it; the default branch stays as it is. */
    async push(branch: string, file: { readonly path: string; readonly text: string }) {
      const from = await ask({ url: `/git/ref/heads/${await this.defaultBranch()}` });
      const object = from.body['object'];
      const sha = isObject(object) ? object['sha'] : undefined;
      if (typeof sha !== 'string')
        throw new GitHubProbeError(`${name} has no commit yet; make one`);
      await ask({
        method: 'POST',
        url: '/git/refs',
        body: { ref: `refs/heads/${branch}`, sha },
        accepts: [201],
      });
      await ask({
        method: 'PUT',
        url: `/contents/${file.path}`,
        body: {
          message: 'a workflow of runner-scaler probe-github',
          content: Buffer.from(file.text).toString('base64'),
          branch,
        },
        accepts: [201],
      });
    },

    /** Whether the branch has the file. */
    async has(branch: string, path: string): Promise<boolean> {
      const { status } = await ask({ url: `/contents/${path}?ref=${branch}`, accepts: [200, 404] });
      return status === 200;
    },

    async runs(branch: string): Promise<readonly Run[]> {
      const { body } = await ask({ url: `/actions/runs?branch=${branch}&per_page=100` });
      return objectsIn(body['workflow_runs']).flatMap(({ id, status, head_branch: on }) =>
        // What the filter should have done: no other run may be deleted.
        typeof id === 'number' && on === branch
          ? [{ id, isCompleted: status === 'completed' }]
          : [],
      );
    },

    async jobs(run: number): Promise<readonly Job[]> {
      const { body } = await ask({ url: `/actions/runs/${run}/jobs?per_page=100` });
      return objectsIn(body['jobs']).map((job) => ({
        name: String(job['name']),
        status: String(job['status']),
        conclusion: String(job['conclusion']),
        labels: Array.isArray(job['labels']) ? job['labels'].map(String) : [],
        runner: typeof job['runner_name'] === 'string' ? job['runner_name'] : '',
      }));
    },

    /** Makes a just-in-time runner; 409 where there is one of that name. */
    async makeRunner(called: string, labels: readonly string[]): Promise<Said> {
      return ask({
        method: 'POST',
        url: '/actions/runners/generate-jitconfig',
        body: { name: called, runner_group_id: 1, labels, work_folder: '_work' },
        accepts: [201, 409],
      });
    },

    async runners(wanted: string): Promise<readonly Listed[]> {
      const { body } = await ask({ url: `/actions/runners?name=${wanted}&per_page=100` });
      return objectsIn(body['runners']).flatMap(({ id, name: called }) =>
        typeof id === 'number' && typeof called === 'string' ? [{ id, name: called }] : [],
      );
    },
  };
}
