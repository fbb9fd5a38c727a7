/** A GitLab on this machine, in front of the world: one runner, and one project, for each class of GitLab. */
import {
  decodeGitLabDemand,
  type GitLabScope,
  type GitLabSettings,
  TAG,
} from '../../lambda/scaler/contract.ts';
import { gitLabEmulator, type GitLabRunner } from '../emulators/gitlab.ts';
import { serve } from '../emulators/server.ts';
import type { World } from '../world/world.ts';

export interface LocalGitLabOptions {
  readonly world: World;
  /** That of the config; of projects, those of the classes stand for the ones it names. */
  readonly scope: GitLabScope;
  readonly token: string;
  /** Told of each request. */
  readonly onRequest: () => void;
}

export interface LocalGitLab {
  readonly settings: Pick<GitLabSettings, 'url' | 'scope'>;
  close(): Promise<void>;
}

export async function localGitLab(options: LocalGitLabOptions): Promise<LocalGitLab> {
  const { world, scope, token } = options;
  const runners = world.groups().flatMap(({ tags }): readonly GitLabRunner[] => {
    const demand = decodeGitLabDemand(tags[TAG.demand] ?? '');
    const resourceClass = tags[TAG.resourceClass];
    if (demand === undefined || resourceClass === undefined) return [];
    return [{ id: demand.runner, resourceClass, tags: demand.tags ?? [] }];
  });
  const answer = gitLabEmulator({
    token,
    runners,
    isAdministrator: scope.kind === 'instance',
    counts: {
      resourceClasses: new Set(runners.map(({ resourceClass }) => resourceClass)),
      readRunning: (resourceClass) => world.readRunning(resourceClass),
      readUnclaimed: (resourceClass) => world.readUnclaimed(resourceClass),
    },
  });
  const server = await serve((request) => {
    options.onRequest();
    return answer(request);
  });
  const own: GitLabScope =
    scope.kind === 'projects' ? { kind: 'projects', projects: runners.map(({ id }) => id) } : scope;
  return { settings: { url: server.url, scope: own }, close: async () => server.close() };
}
