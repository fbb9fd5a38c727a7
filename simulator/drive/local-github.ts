/** A GitHub on this machine, in front of the world: one App, and a repository for each class of GitHub. */
import { generateKeyPairSync } from 'node:crypto';
import {
  decodeGitHubDemand,
  type GitHubScope,
  type GitHubSettings,
  TAG,
} from '../../lambda/scaler/contract.ts';
import { gitHubEmulator } from '../emulators/github.ts';
import type { GitHubJobs } from '../emulators/github-jobs.ts';
import { serve } from '../emulators/server.ts';
import type { World } from '../world/world.ts';

export interface LocalGitHubOptions {
  readonly world: World;
  /** Whether an answer of 304 is not counted, as GitHub says. Default: true. */
  readonly unchangedIsFree?: boolean;
  /** Told of each request. */
  readonly onRequest: () => void;
}

export interface LocalGitHub {
  readonly settings: Pick<GitHubSettings, 'url' | 'scope'>;
  /** What the App's secret holds. */
  readonly secret: string;
  close(): Promise<void>;
}

const APP_ID = '1';

export async function localGitHub({
  world,
  unchangedIsFree = true,
  onRequest,
}: LocalGitHubOptions): Promise<LocalGitHub> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const jobs = world.groups().flatMap(({ tags }): readonly GitHubJobs[] => {
    const demand = decodeGitHubDemand(tags[TAG.demand] ?? '');
    const resourceClass = tags[TAG.resourceClass];
    if (demand === undefined || resourceClass === undefined) return [];
    const { at, labels, prefix } = demand;
    const repository = at.includes('/') ? at : `${at}/${slug(resourceClass)}`;
    return [{ repository, resourceClass, labels, prefix }];
  });
  const { answer } = gitHubEmulator({
    jobs,
    unchangedIsFree,
    app: { appId: APP_ID, publicKey },
    now: () => world.now(),
    counts: {
      resourceClasses: new Set(jobs.map(({ resourceClass }) => resourceClass)),
      readRunning: (resourceClass) => world.readRunning(resourceClass),
      readUnclaimed: (resourceClass) => world.readUnclaimed(resourceClass),
    },
  });
  const server = await serve((request) => {
    onRequest();
    return answer(request);
  });
  const owners = [...new Set(jobs.map(({ repository }) => repository.split('/')[0] ?? ''))];
  const scope: GitHubScope = { kind: 'owners', owners };
  return {
    settings: { url: server.url, scope },
    secret: JSON.stringify({ appId: APP_ID, privateKey }),
    close: async () => server.close(),
  };
}

function slug(resourceClass: string): string {
  return resourceClass.replaceAll(/[^A-Za-z0-9._-]/g, '-');
}
