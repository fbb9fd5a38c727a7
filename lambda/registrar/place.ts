/** Where a fleet's runners are registered, and how GitHub is asked there. */
import { type Ask, asking } from '../scaler/demand/asking.ts';
import type { Clock } from '../scaler/clock.ts';
import { GITHUB_API } from '../scaler/demand/github/api.ts';
import { type InstallationTokens, tokensAt } from '../scaler/demand/github/app.ts';
import type { HttpCall } from '../scaler/demand/http-call.ts';
import type { DemandFailure } from '../scaler/demand/source.ts';

export interface Place {
  /** An organisation, or a repository as `owner/name`. */
  readonly at: string;
  readonly isRepository: boolean;
  /** URL of its runners in the REST API. */
  readonly runners: string;
  readonly ask: Ask;
}

export interface PlacesOptions {
  readonly apiUrl: string;
  readonly call: HttpCall;
  readonly clock: Clock;
  readonly tokens: InstallationTokens;
  readonly random: () => number;
}

/** A JIT config has some 6 KB, a page of 100 runners some 60. */
const MOST_BYTES = 256 * 1024;

export function places({ apiUrl, tokens, ...ports }: PlacesOptions): (at: string) => Place {
  const known = new Map<string, Place>();
  return (at) => {
    const [owner = '', repository] = at.split('/');
    const isRepository = repository !== undefined;
    const place = known.get(at) ?? {
      at,
      isRepository,
      runners: `${apiUrl}/${isRepository ? 'repos' : 'orgs'}/${at}/actions/runners`,
      ask: asking(
        { ...ports, tokens: tokensAt(tokens, owner) },
        {
          ...GITHUB_API,
          mostBytes: MOST_BYTES,
          advice: (kind) =>
            kind === 'forbidden' ? permissionFor(isRepository) : (ADVICE[kind] ?? ''),
        },
      ),
    };
    known.set(at, place);
    return place;
  };
}

function permissionFor(isRepository: boolean): string {
  const permission = isRepository
    ? 'the repository permission "Administration"'
    : 'the organization permission "Self-hosted runners"';
  return `give the App ${permission} with read and write, and accept the change where it is installed`;
}

const ADVICE: Partial<Record<DemandFailure, string>> = {
  unauthorized: 'the token of the installation is not accepted',
  'not-found':
    'it does not exist, the App is not installed there, or it is the account of a person, which has no runners; ' +
    'correct registerAt in the config',
  throttled: 'too many requests of this App',
  unavailable: 'see https://www.githubstatus.com, or the health of the installation',
  'invalid-answer':
    'see that the GitHub URL in the config is right, and that no login page or proxy answers in its place',
};
