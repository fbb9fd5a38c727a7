/**
 * GitHub's REST API as far as a scaler and a registrar use it, at the address that an Enterprise Server has it, with the
 * limit of requests of github.com.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
import { WorldFault } from '../world/fault.ts';
import type { TaskCounts } from './circleci.ts';
import { appSignIn, type EmulatedApp } from './github-app.ts';
import { conditional, NOT_FOUND, refusal } from './github-answers.ts';
import { gitHubJobs, type GitHubJobs } from './github-jobs.ts';
import { gitHubRunners, type GitHubRunners } from './github-runners.ts';
import type { Request, Response } from './server.ts';

export interface GitHubEmulatorOptions {
  readonly counts: TaskCounts;
  readonly app: EmulatedApp;
  readonly jobs: readonly GitHubJobs[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Requests an hour of each installation; undefined, as an Enterprise Server has it: any number. Default: 5,000. */
  readonly limit?: number | undefined;
  /** Whether an answer of 304 is not counted, as GitHub says. Default: true. */
  readonly unchangedIsFree?: boolean;
}

export interface GitHubEmulator {
  readonly answer: (request: Request) => Response;
  readonly runners: GitHubRunners;
}

const API = '/api/v3';
const USUAL_LIMIT = 5_000;
const HOUR_MS = 3_600_000;

export function gitHubEmulator(options: GitHubEmulatorOptions): GitHubEmulator {
  const { now } = options;
  const owners = [...new Set(options.jobs.map(({ repository }) => repository.split('/')[0] ?? ''))];
  const signIn = appSignIn({ app: options.app, owners, now });
  const jobs = gitHubJobs(options);
  const runners = gitHubRunners();
  const limits = requestLimits(options);

  function answered(request: Request): Response {
    const signedIn = signIn.answer(request);
    if (signedIn !== undefined) return signedIn;
    const owner = signIn.ownerOf(request);
    if (owner === undefined) return refusal(401, 'Bad credentials');
    const refused = limits.refuse(owner);
    if (refused !== undefined) return refused;
    const answer = conditional(
      runners.answer(request) ?? jobs(request, owner) ?? NOT_FOUND,
      request,
    );
    return limits.count(owner, answer);
  }

  return {
    runners,
    answer(request) {
      if (!request.path.startsWith(`${API}/`)) return NOT_FOUND;
      try {
        const answer = answered({ ...request, path: request.path.slice(API.length) });
        const { link } = answer.headers ?? {};
        return {
          ...answer,
          headers: {
            ...answer.headers,
            ...(link !== undefined && { link: link.replace(/^<(http:\/\/[^/]+)/, `<$1${API}`) }),
            date: new Date(now()).toUTCString(),
          },
        };
      } catch (error) {
        if (error instanceof WorldFault) return refusal(error.status, error.message);
        throw error;
      }
    },
  };
}

interface Limits {
  /** Undefined while the owner's installation has requests left. */
  refuse(owner: string): Response | undefined;
  /** The answer with the headers that tell what is left. */
  count(owner: string, answer: Response): Response;
}

function requestLimits(options: GitHubEmulatorOptions): Limits {
  const { now, unchangedIsFree = true } = options;
  const limit = 'limit' in options ? options.limit : USUAL_LIMIT;
  const windows = new Map<string, { used: number; readonly resetAt: number }>();

  function windowOf(owner: string) {
    const found = windows.get(owner);
    if (found !== undefined && now() < found.resetAt) return found;
    const begun = { used: 0, resetAt: now() + HOUR_MS };
    windows.set(owner, begun);
    return begun;
  }

  function told(owner: string, answer: Response): Response {
    if (limit === undefined) return answer;
    const { used, resetAt } = windowOf(owner);
    const headers = {
      ...answer.headers,
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-used': String(used),
      'x-ratelimit-remaining': String(limit - used),
      'x-ratelimit-reset': String(Math.floor(resetAt / 1000)),
      'x-ratelimit-resource': 'core',
    };
    return { ...answer, headers };
  }

  return {
    refuse(owner) {
      if (limit === undefined || windowOf(owner).used < limit) return undefined;
      return told(owner, refusal(403, 'API rate limit exceeded for installation ID 1.'));
    },
    count(owner, answer) {
      if (answer.status !== 304 || !unchangedIsFree) windowOf(owner).used += 1;
      return told(owner, answer);
    },
  };
}
