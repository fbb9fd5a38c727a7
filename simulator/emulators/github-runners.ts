/**
 * The self-hosted runners of an organisation or a repository: registered by a just-in-time config, listed, removed.
 *
 * @see https://docs.github.com/en/rest/actions/self-hosted-runners
 */
import { parseObject } from '../../lambda/scaler/contract.ts';
import { json, NOT_FOUND, paged, refusal, type Schemas } from './github-answers.ts';
import type { Request, Response } from './server.ts';

export type Runner = Schemas['runner'];

const VERSION = '2.336.0';

const DOWNLOADS: readonly Schemas['runner-application'][] = ['x64', 'arm64'].map((architecture) => {
  const filename = `actions-runner-linux-${architecture}-${VERSION}.tar.gz`;
  return {
    os: 'linux',
    architecture,
    filename,
    download_url: `https://github.com/actions/runner/releases/download/v${VERSION}/${filename}`,
    sha256_checksum: '0'.repeat(64),
  };
});

export interface GitHubRunners {
  /** Undefined for a request that is not about runners. */
  answer(request: Request): Response | undefined;
  /** Those that are registered at `acme` or `acme/app`; a test may change one. */
  at(place: string): Runner[];
}

export function gitHubRunners(): GitHubRunners {
  const places = new Map<string, Runner[]>();
  let last = 0;

  function at(place: string): Runner[] {
    const key = place.toLowerCase();
    const found = places.get(key) ?? [];
    places.set(key, found);
    return found;
  }

  function register(place: string, body: string): Response {
    const { name, labels, runner_group_id: group } = parseObject(body) ?? {};
    if (typeof name !== 'string' || name === '' || name.length > 64) {
      return refusal(422, 'Invalid Argument - name is too long (maximum is 64 characters)');
    }
    if (!isTexts(labels) || labels.length === 0 || labels.length > 100) {
      return refusal(422, 'Invalid Argument - labels must have 1 to 100 items');
    }
    if (typeof group !== 'number')
      return refusal(422, 'Invalid Argument - runner_group_id is missing');
    const runners = at(place);
    if (runners.some((runner) => runner.name === name)) {
      return refusal(409, 'Already exists - A runner with the name already exists.');
    }
    last += 1;
    const runner: Runner = {
      id: last,
      name,
      runner_group_id: group,
      os: 'unknown',
      status: 'offline',
      busy: false,
      ephemeral: true,
      labels: labels.map((label, index) => ({ id: index + 1, name: label, type: 'custom' })),
    };
    runners.push(runner);
    const config = { '.runner': encoded({ agentId: last, agentName: name }) };
    return json(201, { runner, encoded_jit_config: encoded(config) });
  }

  function remove(place: string, id: number): Response {
    const runners = at(place);
    const index = runners.findIndex((runner) => runner.id === id);
    const runner = runners[index];
    if (runner === undefined) return NOT_FOUND;
    if (runner.busy) {
      return refusal(
        422,
        `Bad request - Runner "${runner.name}" is currently running a job and cannot be deleted.`,
      );
    }
    runners.splice(index, 1);
    return { status: 204, type: 'application/json', body: '' };
  }

  return {
    at,
    answer(request) {
      const { path, method, query, body } = request;
      const [, place, rest = ''] =
        /^\/(?:orgs\/([^/]+)|repos\/([^/]+\/[^/]+))\/actions\/runners(\/.*)?$/
          .exec(path)
          ?.filter((part, index) => index === 0 || part !== undefined) ?? [];
      if (place === undefined) return undefined;
      if (method === 'POST' && rest === '/generate-jitconfig') return register(place, body);
      const id = /^\/(\d+)$/.exec(rest)?.[1];
      if (method === 'DELETE' && id !== undefined) return remove(place, Number(id));
      if (method !== 'GET') return NOT_FOUND;
      if (rest === '/downloads') return json(200, DOWNLOADS);
      const name = query.get('name');
      const shown = at(place).filter((runner) => name === null || runner.name === name);
      return rest === '' ? paged('runners', shown, request) : NOT_FOUND;
    },
  };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

function isTexts(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && (value as readonly unknown[]).every((each) => typeof each === 'string')
  );
}
