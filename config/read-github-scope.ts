/** Reads whose jobs of a GitHub are counted, and where the runners of a fleet are registered. */
import { type GitHubScope, isGitHubOwner, isGitHubRepository } from '../lambda/scaler/contract.ts';
import { type ConfigReader, show } from './reader.ts';

/** All variables of a function together have 4 kB. */
const LONGEST_SCOPE = 2_000;

/** A list that is too long is refused by `LONGEST_SCOPE`, with a better remedy. */
const MOST_ENTRIES = 1_000;

const OWNER =
  "the name of an organisation or a person, such as 'acme', without the address of GitHub";
const REPOSITORY = "a repository as owner/name, such as 'acme/app', without the address of GitHub";

/** @returns undefined when it is refused */
export function readGitHubScope(reader: ConfigReader): GitHubScope | undefined {
  if (reader.has('owners') === reader.has('repositories')) {
    const named = reader.has('owners')
      ? 'both owners and repositories'
      : 'neither owners nor repositories';
    reader.complain(`names ${named}; allowed: exactly one of them`);
    return undefined;
  }
  const scope: GitHubScope = reader.has('owners')
    ? { kind: 'owners', owners: readNames(reader, 'owners') }
    : { kind: 'repositories', repositories: readNames(reader, 'repositories') };
  return namesOf(scope).length === 0 ? undefined : scope;
}

function readNames(reader: ConfigReader, key: 'owners' | 'repositories'): readonly string[] {
  const [accepts, allowed] =
    key === 'owners' ? [isGitHubOwner, OWNER] : [isGitHubRepository, REPOSITORY];
  const names = reader.textList(key, { least: 1, most: MOST_ENTRIES, accepts, allowed });
  const lower = names.map((name) => name.toLowerCase());
  names.forEach((name, index) => {
    if (lower.indexOf(name.toLowerCase()) < index) {
      reader.complain(
        `${key}[${index}] is ${show(name)}, which is in the list already in other case; remove it`,
      );
    }
  });
  const { length } = JSON.stringify(names);
  if (length > LONGEST_SCOPE) {
    const remedy =
      key === 'owners' ? 'divide them between two scalers' : 'name the owners of the repositories';
    reader.complain(
      `${key} has ${length} characters as JSON; allowed: ${LONGEST_SCOPE}; ${remedy}`,
    );
  }
  return names;
}

function namesOf(scope: GitHubScope): readonly string[] {
  return scope.kind === 'owners' ? scope.owners : scope.repositories;
}

/**
 * Reads where a fleet's runners are registered.
 *
 * @param scope undefined where it was refused
 * @returns '' when it is refused
 */
export function readRegisterAt(reader: ConfigReader, scope: GitHubScope | undefined): string {
  const names = scope ? namesOf(scope) : [];
  const [only] = names;
  if (!reader.has('registerAt')) {
    if (names.length > 1) {
      reader.refuse(
        'registerAt',
        `where its runners are registered, because there are several ${scope?.kind}: ${choices(names)}`,
      );
    }
    return names.length === 1 ? (only ?? '') : '';
  }
  const at = reader.text('registerAt', {
    accepts: (text) => isGitHubOwner(text) || isGitHubRepository(text),
    allowed:
      "an organisation, such as 'acme', or a repository, such as 'acme/app', without the address of GitHub",
  });
  if (at === '' || scope === undefined || isWithin(at, scope)) return at;
  reader.refuse(
    'registerAt',
    scope.kind === 'owners'
      ? `one of owners, or a repository of one (${choices(names)}), because no other jobs are counted`
      : `one of repositories, or the owner of one (${choices(names)}), because no other jobs are counted`,
  );
  return '';
}

function choices(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(show).join(', ');
  return names.length > 3 ? `${shown}, …` : shown;
}

/** Whether jobs that are counted can run at a place. */
function isWithin(at: string, scope: GitHubScope): boolean {
  const place = at.toLowerCase();
  return scope.kind === 'owners'
    ? scope.owners.some((owner) => isAtOrIn(place, owner.toLowerCase()))
    : scope.repositories.some((repository) => isAtOrIn(repository.toLowerCase(), place));
}

/** Whether a place is another, or a repository of it. Both in lower case. */
export function isAtOrIn(place: string, other: string): boolean {
  return place === other || place.startsWith(`${other}/`);
}
