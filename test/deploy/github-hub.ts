/** GitHub as the deployed functions see it, over HTTP, with what a test may change, and what was asked of it. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { gitHubEmulator } from '../../simulator/emulators/github.ts';
import type { GitHubJobs } from '../../simulator/emulators/github-jobs.ts';
import type { GitHubRunners } from '../../simulator/emulators/github-runners.ts';
import { serve } from '../../simulator/emulators/server.ts';

export interface Hub {
  readonly url: string;
  readonly appId: string;
  readonly runners: GitHubRunners;
  /** The jobs in the class's repository. */
  readonly jobs: Map<string, { readonly running: number; readonly unclaimed: number }>;
  /** Of each request, oldest first: method and path, without the API's own part. */
  readonly asked: readonly string[];
  /** All that it was shown or has handed out and that must not be seen anywhere: JWTs, tokens, runners' configs. */
  readonly secrets: ReadonlySet<string>;
  /** Says later what is in the repositories: their fleets are named once the stack is there. */
  open(jobs: readonly GitHubJobs[]): void;
  /** Writes the App's key as the browser saves it. */
  saveKey(file: string): Promise<void>;
  end(): Promise<void>;
}

const APP_ID = '123456';

export async function startHub(): Promise<Hub> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const jobs: Hub['jobs'] = new Map();
  const asked: string[] = [];
  const secrets = new Set<string>(privateKey.split('\n').filter((line) => line.length === 64));
  let emulator = emulatorOf([]);

  function emulatorOf(repositories: readonly GitHubJobs[]) {
    return gitHubEmulator({
      app: { appId: APP_ID, publicKey },
      jobs: repositories,
      now: () => Date.now(),
      // So that a repository is read when its turn comes, or when something says so.
      unchangedIsFree: false,
      counts: {
        resourceClasses: new Set(repositories.map(({ resourceClass }) => resourceClass)),
        readRunning: (name) => jobs.get(name)?.running ?? 0,
        readUnclaimed: (name) => jobs.get(name)?.unclaimed ?? 0,
      },
    });
  }

  const server = await serve((request) => {
    asked.push(`${request.method} ${request.path.replace('/api/v3', '')}`);
    const shown = request.headers.authorization?.split(' ')[1];
    if (shown !== undefined) secrets.add(shown);
    const answer = emulator.answer(request);
    const made = /"(?:encoded_jit_config|token)":"([^"]+)"/.exec(answer.body)?.[1];
    if (made !== undefined) secrets.add(made);
    return answer;
  });
  return {
    url: server.url,
    appId: APP_ID,
    get runners() {
      return emulator.runners;
    },
    jobs,
    asked,
    secrets,
    open: (repositories) => void (emulator = emulatorOf(repositories)),
    saveKey: async (file) => writeFile(file, privateKey),
    end: async () => server.close(),
  };
}
