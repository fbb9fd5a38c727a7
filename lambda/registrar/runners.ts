/** The runners of one place in GitHub: made just in time, found by name, deleted. */
import type { Budget } from '../scaler/clock.ts';
import { isObject, parseObject } from '../scaler/contract/json.ts';
import type { Question, Reading } from '../scaler/demand/asking.ts';
import type { Place } from './place.ts';

export interface NewRunner {
  readonly name: string;
  readonly labels: readonly string[];
  readonly group: number;
}

export type Minted =
  | { readonly kind: 'minted'; readonly jitConfig: string }
  /** A runner of this name exists. */
  | { readonly kind: 'exists' }
  /** GitHub does not take the labels or the group; `why` has its words. */
  | { readonly kind: 'refused'; readonly why: string };

export interface Runner {
  readonly id: number;
  /** It is connected, or was a moment ago. */
  readonly isOnline: boolean;
  /** It has a job. GitHub's word is up to a minute old. */
  readonly isBusy: boolean;
}

/** Of the folder that the runner's own installation uses. */
const WORK_FOLDER = '_work';

/** Pages of a list that are read, 100 entries each. */
const MOST_PAGES = 10;

/** @see https://docs.github.com/en/rest/actions/self-hosted-runners#create-configuration-for-a-just-in-time-runner-for-an-organization */
export async function mint(place: Place, runner: NewRunner, budget: Budget): Promise<Minted> {
  const question: Question<Minted> = {
    method: 'POST',
    address: `${place.runners}/generate-jitconfig`,
    route: '/actions/runners/generate-jitconfig',
    order: 'new',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: runner.name,
      runner_group_id: runner.group,
      labels: runner.labels,
      work_folder: WORK_FOLDER,
    }),
    accepts: [201, 409, 422],
    isSecret: true,
    read({ status, text, withoutToken }): Reading<Minted> {
      const found = parseObject(text);
      if (status === 409) return { ok: true, value: { kind: 'exists' } };
      if (status === 422) {
        const { message } = found ?? {};
        const why = typeof message === 'string' ? withoutToken(message) : 'without a reason';
        return { ok: true, value: { kind: 'refused', why: why.slice(0, 200) } };
      }
      const jitConfig = found?.['encoded_jit_config'];
      return typeof jitConfig === 'string' && /^[A-Za-z0-9+/=]+$/.test(jitConfig)
        ? { ok: true, value: { kind: 'minted', jitConfig } }
        : { ok: false, problem: 'without a configuration' };
    },
  };
  return place.ask(question, budget);
}

/** @see https://docs.github.com/en/rest/actions/self-hosted-runners#list-self-hosted-runners-for-an-organization */
export async function runnerNamed(
  place: Place,
  name: string,
  budget: Budget,
): Promise<Runner | undefined> {
  const query = `name=${encodeURIComponent(name)}`;
  return firstIn(
    { address: place.runners, route: '/actions/runners', query, key: 'runners' },
    {
      place,
      budget,
      find: (item) => (item['name'] === name ? runnerOf(item) : undefined),
    },
  );
}

/** @returns undefined where the organisation has no group of that name */
export async function groupNamed(
  place: Place,
  name: string,
  budget: Budget,
): Promise<number | undefined> {
  const wanted = name.toLowerCase();
  const address = `${place.runners.slice(0, -'/runners'.length)}/runner-groups`;
  return firstIn(
    { address, route: '/actions/runner-groups', query: '', key: 'runner_groups' },
    {
      place,
      budget,
      find: ({ id, name }) =>
        typeof name === 'string' && name.toLowerCase() === wanted && typeof id === 'number'
          ? id
          : undefined,
    },
  );
}

/**
 * `busy` where GitHub refuses, because the runner has a job.
 *
 * @see https://docs.github.com/en/rest/actions/self-hosted-runners#delete-a-self-hosted-runner-from-an-organization
 */
export async function remove(
  place: Place,
  id: number,
  budget: Budget,
): Promise<'removed' | 'busy'> {
  const question: Question<'removed' | 'busy'> = {
    method: 'DELETE',
    address: `${place.runners}/${id}`,
    route: '/actions/runners/{id}',
    order: 'begun',
    accepts: [204, 404, 422],
    read: ({ status }) => ({ ok: true, value: status === 422 ? 'busy' : 'removed' }),
  };
  return place.ask(question, budget);
}

function runnerOf({ id, status, busy }: Item): Runner | undefined {
  return typeof id === 'number'
    ? { id, isOnline: status !== 'offline', isBusy: busy !== false }
    : undefined;
}

type Item = Readonly<Record<string, unknown>>;

interface List {
  /** URL of the list, without a query. */
  readonly address: string;
  readonly route: string;
  readonly query: string;
  /** Of the items in an answer. */
  readonly key: string;
}

interface Search<T> {
  readonly place: Place;
  readonly budget: Budget;
  readonly find: (item: Item) => T | undefined;
}

interface Page<T> {
  readonly found: T | undefined;
  readonly isLast: boolean;
}

/** An Enterprise Server that does not know the query answers with all there is, page by page. */
async function firstIn<T>(
  { address, route, query, key }: List,
  { place, budget, find }: Search<T>,
): Promise<T | undefined> {
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { found, isLast }: Page<T> = await place.ask(
      {
        address: `${address}?${query}${query && '&'}per_page=100&page=${page}`,
        route,
        order: 'begun',
        read({ text }): Reading<Page<T>> {
          const items = parseObject(text)?.[key];
          if (!Array.isArray(items)) return { ok: false, problem: `without the list ${key}` };
          const found = (items as readonly unknown[])
            .filter(isObject)
            .map(find)
            .find((item) => item !== undefined);
          return { ok: true, value: { found, isLast: items.length < 100 } };
        },
      },
      budget,
    );
    if (found !== undefined || isLast) return found;
  }
  return undefined;
}
