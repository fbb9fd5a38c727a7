/** GitLab as a source, by the jobs of an installation, of a group or of some projects. */
import type { GitLabScope } from '../contract/gitlab.ts';
import type { GitLabPorts } from './gitlab/asking.ts';
import { instance } from './gitlab/instance.ts';
import { projects } from './gitlab/projects.ts';
import { limitsSeen } from './rate-limit.ts';
import type { DemandSource } from './source.ts';
import { untilRetryAt } from './until-retry-at.ts';

/** The classes of a pass share its requests, so this bounds no connections. */
const CLASSES_AT_ONCE = 100;

/** Connections to a server that speaks HTTP/1.1: the projects of a scope are read so many at a time. */
export const GITLAB_CONNECTIONS = 10;

export interface GitLabOptions extends GitLabPorts {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly scope: GitLabScope;
}

export function gitLab(options: GitLabOptions): DemandSource {
  const { url, scope, clock } = options;
  const limits = limitsSeen({ ...options, of: 'GitLab' });
  const ports = { ...options, limits };
  const reader = scope.kind === 'instance' ? instance(ports, url) : projects(ports, { url, scope });
  return untilRetryAt(
    {
      ...reader,
      classesAtOnce: CLASSES_AT_ONCE,
      rateLimit: (_queue, budget) => limits.lowest(budget),
    },
    clock,
  );
}
