/** The part of GitHub that the registrar asks, as a server on loopback, with the types of GitHub's own description. */
import type { components } from '@octokit/openapi-types';
import type { Received, Reply } from '../../http-server.ts';

type Schemas = components['schemas'];
type Runner = Schemas['runner'];

export interface GitHubState {
  readonly runners: Map<number, Runner>;
  readonly groups: Schemas['runner-groups-org'][];
  downloads: Schemas['runner-application'][];
  /** Every blob that was given away. */
  readonly minted: string[];
}

export const TOKEN = 'ghs_1234567890';

export const SHA256 = 'ab'.repeat(32);

export function download(architecture: string, version = '2.336.0'): Schemas['runner-application'] {
  const filename = `actions-runner-linux-${architecture}-${version}.tar.gz`;
  return {
    os: 'linux',
    architecture,
    filename,
    download_url: `https://github.com/actions/runner/releases/download/v${version}/${filename}`,
    sha256_checksum: SHA256,
    temp_download_token: 'secret-download-token',
  };
}

export function gitHubState(): GitHubState {
  return {
    runners: new Map(),
    groups: [],
    downloads: [
      { ...download('x64'), os: 'osx' },
      { ...download('x64'), os: 'win', filename: 'actions-runner-win-x64-2.336.0.zip' },
      download('x64'),
      download('arm64'),
    ],
    minted: [],
  };
}

/** Answers as the REST API does; the token and the App are judged by nobody. */
export function gitHubAnswer(state: GitHubState, request: Received): Reply {
  const { method, path, query, body } = request;
  if (path.endsWith('/installation')) return json(200, { id: 7 });
  if (path.endsWith('/access_tokens')) {
    return json(201, { token: TOKEN, expires_at: '2099-01-01T00:00:00Z' });
  }
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return said(401, 'Bad credentials');
  const [, place, rest] =
    /^\/((?:orgs\/[^/]+|repos\/[^/]+\/[^/]+)\/actions)\/(.*)$/.exec(path) ?? [];
  if (place === undefined || rest === undefined) return said(404, 'Not Found');
  if (rest === 'runners/downloads') return json(200, state.downloads);
  if (rest === 'runner-groups') {
    return json(200, {
      total_count: state.groups.length,
      runner_groups: paged(state.groups, query),
    });
  }
  if (rest === 'runners') {
    const all = [...state.runners.values()];
    const name = query.get('name');
    const found = name === null ? all : all.filter((runner) => runner.name === name);
    return json(200, { total_count: found.length, runners: paged(found, query) });
  }
  if (rest === 'runners/generate-jitconfig' && method === 'POST') return minting(state, body);
  const id = Number(/^runners\/(\d+)$/.exec(rest)?.[1]);
  if (method !== 'DELETE' || Number.isNaN(id)) return said(404, 'Not Found');
  const runner = state.runners.get(id);
  if (runner === undefined) return said(404, 'Not Found');
  if (runner.busy) return said(422, 'Bad request - Runner is currently running a job');
  state.runners.delete(id);
  return { status: 204 };
}

export function runner(id: number, more: Partial<Runner> & Pick<Runner, 'name'>): Runner {
  return { id, os: 'unknown', status: 'offline', busy: false, labels: [], ...more };
}

function minting(state: GitHubState, body: string): Reply {
  const asked = JSON.parse(body) as {
    name: string;
    runner_group_id: number;
    labels: string[];
  };
  const isGroup =
    asked.runner_group_id === 1 || state.groups.some(({ id }) => id === asked.runner_group_id);
  if (!isGroup) return said(422, 'Could not find the runner group');
  if (asked.labels.length === 0 || asked.labels.length > 100) return said(422, 'Invalid labels');
  if ([...state.runners.values()].some(({ name }) => name === asked.name)) {
    return said(409, `Already exists - A runner with the name ${asked.name} already exists.`);
  }
  const id = state.minted.length + 100;
  const made = runner(id, {
    name: asked.name,
    labels: asked.labels.map((name) => ({ name, type: 'custom' })),
  });
  state.runners.set(id, made);
  const blob = Buffer.from(JSON.stringify({ '.runner': asked.name, at: id })).toString('base64');
  state.minted.push(blob);
  return json(201, { runner: made, encoded_jit_config: blob });
}

function paged<T>(items: readonly T[], query: URLSearchParams): readonly T[] {
  const size = Number(query.get('per_page') ?? 30);
  const page = Number(query.get('page') ?? 1);
  return items.slice((page - 1) * size, page * size);
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export function said(status: number, message: string, headers: Record<string, string> = {}): Reply {
  return { ...json(status, { message }), headers };
}
