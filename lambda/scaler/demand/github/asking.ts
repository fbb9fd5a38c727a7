/** What is GitHub's own in how its jobs are asked for, in the name of the App's installation at one owner. */
import type { Api, Ask, AskingPorts } from '../asking.ts';
import { asking } from '../asking.ts';
import { meaningOf } from '../refusals.ts';
import type { DemandFailure } from '../source.ts';
import { GITHUB_API } from './api.ts';
import { type InstallationTokens, tokensAt } from './app.ts';

export interface GitHubPorts extends Pick<AskingPorts, 'call' | 'clock' | 'limits' | 'random'> {
  readonly tokens: InstallationTokens;
  /** Told once of what a person should know and what fails no class. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** By GitHub's examples a page of 100 repositories has 600 KB, of 100 jobs 260 KB, and of 30 runs 350 KB. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Another token is tried after every refusal that does not pass by itself, once per pass: one that was minted before
 * the owner gave the App a repository or a permission does not have it.
 */
export function askingAt(owner: string, { tokens, ...ports }: GitHubPorts): Ask {
  return asking(
    { ...ports, tokens: tokensAt(tokens, owner) },
    {
      ...GITHUB_API,
      mostBytes: MOST_BYTES,
      // Not for legal reasons: it is there no more, for us as for everybody.
      meaningOf: (answer) =>
        answer.status === 451
          ? { kind: 'not-found', retryable: false }
          : (GITHUB_API.meaningOf?.(answer) ?? meaningOf(answer.status)),
      advice: adviceOn(owner),
    },
  );
}

function adviceOn(owner: string): Api['advice'] {
  return (kind, { text }) => {
    if (/suspended/i.test(text)) {
      return `the App's installation at ${owner} is suspended; unsuspend it in GitHub, in the settings of ${owner}`;
    }
    return ADVICE[kind] ?? '';
  };
}

const ADVICE: Partial<Record<DemandFailure, string>> = {
  'bad-request': 'GitHub does not understand the request; update runner-scaler',
  unauthorized:
    "GitHub does not accept the token that it gave the App; see that the App was not deleted, and that the App's secret " +
    'is of this App',
  forbidden:
    "the App lacks a permission; give it the repository permissions Actions: read and Metadata: read, and accept the change in the owner's settings",
  'not-found':
    'the repository does not exist, or the App is not installed for it; correct the repositories in the config, or ' +
    'install the App for it',
  conflict: 'it is being changed in GitHub; look at it there if this goes on',
  gone: 'GitHub no longer has this; see whether Actions is switched off there, and update runner-scaler',
  throttled:
    'too many requests of this App; use an App for the scaler alone, name fewer repositories in the config, or raise passIntervalSeconds',
  unavailable: 'see https://www.githubstatus.com, or the health of the installation',
  'invalid-answer':
    'see that the GitHub URL in the config is the address that a browser shows, and that no login page or proxy answers in its place',
};
