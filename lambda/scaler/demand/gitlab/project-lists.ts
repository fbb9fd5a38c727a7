/** The two lists that are read where no administrator's token is at hand: a group's projects, a project's waiting jobs. */
import type { Budget } from '../../clock.ts';
import type { GitLabDemand } from '../../contract/gitlab.ts';
import { isObject } from '../../contract/json.ts';
import type { Ask } from '../asking.ts';
import { wholeList } from './pages.ts';

/** The tags of a job. */
export type JobTags = readonly string[];

export interface ListOptions {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly budget: Budget;
}

/**
 * The ids of a group's projects, those of its subgroups among them, without archived ones. Ordered by id, so that a
 * project that is made meanwhile moves no other to a page that was read.
 *
 * @see https://docs.gitlab.com/api/groups/#list-projects
 */
export async function projectsOfGroup(
  ask: Ask,
  group: string,
  { url, budget }: ListOptions,
): Promise<readonly string[]> {
  return wholeList(
    ask,
    {
      address: `${url}/api/v4/groups/${encodeURIComponent(group)}/projects`,
      route: '/api/v4/groups/:id/projects',
      query: 'include_subgroups=true&archived=false&simple=true&order_by=id&sort=asc&per_page=100',
      order: 'begun',
      itemOf: (item) => {
        const id = isObject(item) ? item['id'] : undefined;
        return typeof id === 'number' && Number.isSafeInteger(id) && id > 0
          ? String(id)
          : undefined;
      },
      problem: 'without a list of projects with ids',
    },
    budget,
  );
}

/**
 * The tags of each job of a project that waits for a runner. GitLab pages this list by keyset in descending order only.
 *
 * @see https://docs.gitlab.com/api/jobs/#list-project-jobs
 * @see https://gitlab.com/gitlab-org/gitlab/-/issues/417667
 */
export async function waitingJobs(
  ask: Ask,
  project: string,
  { url, budget }: ListOptions,
): Promise<readonly JobTags[]> {
  return wholeList(
    ask,
    {
      address: `${url}/api/v4/projects/${encodeURIComponent(project)}/jobs`,
      route: '/api/v4/projects/:id/jobs',
      query: 'scope[]=pending&pagination=keyset&order_by=id&sort=desc&per_page=100',
      order: 'begun',
      itemOf: (item) => {
        const { status, tag_list: tags } = isObject(item) ? item : {};
        return status === 'pending' && isTags(tags) ? tags : undefined;
      },
      problem: 'without a list of pending jobs with tags',
    },
    budget,
  );
}

/** A runner takes a job all of whose tags it has, and one without tags only where it runs untagged jobs. */
export function fits({ tags = [], untagged = false }: GitLabDemand, job: JobTags): boolean {
  return job.length === 0 ? untagged : job.every((tag) => tags.includes(tag));
}

function isTags(value: unknown): value is JobTags {
  return (
    Array.isArray(value) &&
    (value as readonly unknown[]).every((tag): tag is string => typeof tag === 'string')
  );
}
