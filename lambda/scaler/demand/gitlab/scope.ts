/**
 * Which projects are read: those that are named, or those of a group, listed once an hour; less those that are gone.
 * GitLab lists only what the token's user may see, and does not say that there is more: the user needs the role Reporter
 * in the group itself.
 */
import type { Clock } from '../../clock.ts';
import type { GitLabScope } from '../../contract/gitlab.ts';
import type { Ask } from '../asking.ts';
import { DemandSourceError } from '../source.ts';
import { type ListOptions, projectsOfGroup } from './project-lists.ts';

/** For how long a list of projects, and that a project is gone, is believed. */
export const LIST_MS = 60 * 60_000;

export type ProjectsScope = Exclude<GitLabScope, { kind: 'instance' }>;

export interface ScopeOptions {
  readonly url: string;
  readonly scope: ProjectsScope;
  readonly clock: Pick<Clock, 'now'>;
  readonly onNotice?: ((notice: string) => void) | undefined;
}

export interface Scope {
  /** @throws DemandSourceError when there is none: no project is not no demand */
  projects(ask: Ask, options: ListOptions): Promise<readonly string[]>;
  /** Whether the refusal says that a project is no longer one of the scope; it has then left it. */
  leaves(project: string, refusal: DemandSourceError): boolean;
}

export function scopeOf({ url, scope, clock, onNotice }: ScopeOptions): Scope {
  const gone = new Map<string, DemandSourceError>();
  let listed: readonly string[] = [];
  let listedAt = Number.NEGATIVE_INFINITY;

  return {
    async projects(ask, options) {
      if (clock.now() - listedAt >= LIST_MS) {
        listed =
          scope.kind === 'group'
            ? await projectsOfGroup(ask, scope.group, options)
            : scope.projects.map(String);
        listedAt = clock.now();
        gone.clear();
      }
      if (listed.length === 0) {
        const group = scope.kind === 'group' ? scope.group : '';
        throw new DemandSourceError(
          'not-found',
          `GET ${url}/api/v4/groups/${group}/projects lists no project that the API token may see; correct the group ` +
            'in the config, or give the user of the token the role Reporter in it',
        );
      }
      const left = listed.filter((project) => !gone.has(project));
      const [refusal] = gone.values();
      if (left.length === 0 && refusal !== undefined) throw refusal;
      return left;
    },
    leaves(project, refusal) {
      // A group lists also projects whose CI/CD is switched off, which is refused.
      const kinds = scope.kind === 'group' ? ['not-found', 'forbidden'] : ['not-found'];
      if (!kinds.includes(refusal.kind)) return false;
      gone.set(project, refusal);
      onNotice?.(
        `the project ${project} is left out for an hour, as jobs of it cannot be read: ${refusal.message}`,
      );
      return true;
    },
  };
}
