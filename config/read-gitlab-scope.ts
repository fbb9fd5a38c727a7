/** Reads whose jobs of a GitLab are counted. */
import type { GitLabScope } from '../lambda/scaler/contract.ts';
import { type ConfigReader, isRecord, show } from './reader.ts';

/**
 * A path of groups, as GitLab's addresses have it.
 *
 * @see https://docs.gitlab.com/user/reserved_names/
 */
const GROUP_PATH = /^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/;
const PROJECT_PATH = /^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)+$/;

/** All variables of a function together have 4 kB. */
const LONGEST_SCOPE = 2_000;

/** @returns undefined when it is refused */
export function readGitLabScope(reader: ConfigReader, url: string): GitLabScope | undefined {
  const given = reader.raw('scope');
  if (given === 'instance') {
    if (!/^https:\/\/gitlab\.com(\/|$)/.test(url)) return { kind: 'instance' };
    reader.refuse(
      'scope',
      '{ group: … } or { projects: […] } with gitlab.com, because the jobs of a whole instance are ' +
        'shown to its administrators only',
    );
    return undefined;
  }
  if (!isRecord(given)) {
    reader.refuse(
      'scope',
      "'instance', { group: 'acme/platform' } or { projects: ['acme/app', 42] }",
    );
    return undefined;
  }
  const scope = reader.object('scope', ['group', 'projects']);
  if (scope.has('group') === scope.has('projects')) {
    const named = scope.has('group') ? 'both group and projects' : 'neither group nor projects';
    scope.complain(`names ${named}; allowed: exactly one of them`);
    return undefined;
  }
  return scope.has('group') ? readGroup(scope) : readProjects(scope);
}

function readGroup(scope: ConfigReader): GitLabScope | undefined {
  const group = scope.text('group', {
    accepts: (text) => GROUP_PATH.test(text) && text.length <= LONGEST_SCOPE,
    allowed: "the path of a group, such as 'acme/platform', without the address of GitLab",
  });
  return group === '' ? undefined : { kind: 'group', group };
}

function readProjects(scope: ConfigReader): GitLabScope | undefined {
  const given = scope.raw('projects');
  if (!Array.isArray(given) || given.length === 0) {
    scope.refuse('projects', "a list of at least one project, such as ['acme/app', 42]");
    return undefined;
  }
  const projects = given.filter((project: unknown, index): project is string | number => {
    const good = isProject(project);
    if (!good) {
      scope.complain(
        `projects[${index}] is ${show(project)}; allowed: the path of a project, such as 'acme/app', or its id, such as 42`,
      );
    } else if (given.indexOf(project) < index) {
      scope.complain(
        `projects[${index}] is ${show(project)}, which is in the list already; remove it`,
      );
    }
    return good;
  });
  const { length } = JSON.stringify(projects);
  if (length > LONGEST_SCOPE) {
    scope.complain(
      `projects has ${length} characters as JSON; allowed: ${LONGEST_SCOPE}; name the group of the projects instead`,
    );
  }
  return projects.length === given.length ? { kind: 'projects', projects } : undefined;
}

function isProject(value: unknown): value is string | number {
  return typeof value === 'string'
    ? PROJECT_PATH.test(value)
    : Number.isSafeInteger(value) && Number(value) > 0;
}
