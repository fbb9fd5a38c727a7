/**
 * Which repositories of one owner are read: those that are named, or those that the App is installed for, listed once an
 * hour; less those that are gone, and with those that a webhook names before the next list.
 */
import type { Clock } from '../../clock.ts';
import { isGitHubRepository } from '../../contract/github.ts';
import { isObject } from '../../contract/json.ts';
import { DemandSourceError } from '../source.ts';
import { isOfAll, type Pass, wholeList } from './pages.ts';

/** For how long a list of repositories, and that a repository is gone, is believed. */
export const LIST_MS = 60 * 60_000;

/** A list that could not be read, or of which all are gone, is asked for again after so long. */
const RETRY_MS = 60_000;

export interface RepositoriesOptions {
  readonly owner: string;
  /** As `owner/name`; undefined for those that the App is installed for. */
  readonly named: readonly string[] | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly onNotice?: ((notice: string) => void) | undefined;
}

export interface Repositories {
  /**
   * As `owner/name` in lower case, those first whose code changed last.
   *
   * @throws DemandSourceError when there is none: no repository is not no demand
   */
  list(pass: Pass): Promise<readonly string[]>;
  /** Whether the refusal says that a repository is gone; it is then left out. */
  leaves(repository: string, refusal: DemandSourceError): boolean;
  /** Why a repository is not read; undefined where it is not known to be gone. */
  whyGone(repository: string): DemandSourceError | undefined;
  /** A webhook named it. */
  appeared(repository: string): void;
}

interface Listed {
  readonly name: string;
  readonly pushedAt: number;
}

export function repositoriesOf(options: RepositoriesOptions): Repositories {
  const { owner, named, clock, onNotice } = options;
  const gone = new Map<string, DemandSourceError>();
  const appeared = new Set<string>();
  let listed: readonly string[] = [];
  let listAt = Number.NEGATIVE_INFINITY;

  async function read(pass: Pass): Promise<void> {
    if (clock.now() < listAt) return;
    try {
      listed = named?.map((name) => name.toLowerCase()) ?? (await ofInstallation(pass));
    } catch (error) {
      const isLate = listed.length > 0 && error instanceof DemandSourceError && !isOfAll(error);
      if (!isLate) throw error;
      listAt = clock.now() + RETRY_MS;
      onNotice?.(
        `the repositories at ${owner} could not be listed, and those of the last list are read: ${error.message}`,
      );
      return;
    }
    listAt = clock.now() + LIST_MS;
    gone.clear();
    appeared.clear();
  }

  return {
    async list(pass) {
      await read(pass);
      if (listed.length === 0) {
        throw new DemandSourceError(
          'not-found',
          `GET ${pass.lists.apiUrl}/installation/repositories lists no repository of ${owner} that is neither archived ` +
            'nor disabled; install the App for the repositories whose jobs the fleets serve',
        );
      }
      const left = [...new Set([...listed, ...appeared])].filter((name) => !gone.has(name));
      const [refusal] = gone.values();
      if (left.length > 0 || refusal === undefined) return left;
      listAt = Math.min(listAt, clock.now() + RETRY_MS);
      throw refusal;
    },
    leaves(repository, refusal) {
      if (refusal.kind !== 'not-found') return false;
      gone.set(repository, refusal);
      onNotice?.(
        `the repository ${repository} is left out for an hour, as jobs of it cannot be read: ${refusal.message}`,
      );
      return true;
    },
    whyGone: (repository) => gone.get(repository),
    appeared(repository) {
      if (named === undefined) appeared.add(repository);
    },
  };
}

/** @see https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation */
async function ofInstallation(pass: Pass): Promise<readonly string[]> {
  const pages = await wholeList<readonly Listed[]>(
    {
      base: '',
      below: '/installation/repositories',
      route: '/installation/repositories',
      query: 'per_page=100',
      purpose: 'first',
      key: 'repositories',
      read(items) {
        const repositories: Listed[] = [];
        for (const item of items) {
          const found = repositoryIn(item);
          if (found === undefined) return undefined;
          if (found !== 'unused') repositories.push(found);
        }
        return repositories;
      },
      problem: 'with a repository that has no name',
    },
    pass,
  );
  return pages
    .flat()
    .toSorted((one, other) => other.pushedAt - one.pushedAt)
    .map(({ name }) => name);
}

/** Nothing runs in one that is archived or disabled. */
function repositoryIn(item: unknown): Listed | 'unused' | undefined {
  if (!isObject(item)) return undefined;
  const { full_name: name, archived, disabled, pushed_at: pushedAt } = item;
  if (typeof name !== 'string' || !isGitHubRepository(name)) return undefined;
  if (archived === true || disabled === true) return 'unused';
  const at = typeof pushedAt === 'string' ? Date.parse(pushedAt) : Number.NaN;
  return { name: name.toLowerCase(), pushedAt: Number.isNaN(at) ? 0 : at };
}
