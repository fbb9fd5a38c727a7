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

/** A runner in the list of all. */
export interface ListedRunner extends Runner {
  readonly name: string;
}

/** Entries of a page. */
const PAGE_SIZE = 100;

/** Pages that are read to find one entry, and to see all: a runner group takes 10,000 runners. */
const MOST_PAGES = { toFind: 10, ofAll: 100 };

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

/**
 * Every runner of a place. One that moves to an earlier page meanwhile is missing.
 *
 * @see https://docs.github.com/en/rest/actions/self-hosted-runners#list-self-hosted-runners-for-an-organization
 */
export async function allRunners(place: Place, budget: Budget): Promise<readonly ListedRunner[]> {
  const list: List = {
    address: place.runners,
    route: '/actions/runners',
    query: '',
    key: 'runners',
    mostPages: MOST_PAGES.ofAll,
  };
  const found: ListedRunner[] = [];
  for await (const items of pagesOf(list, place, budget)) {
    for (const item of items) {
      const runner = runnerOf(item);
      const { name } = item;
      if (runner !== undefined && typeof name === 'string') found.push({ ...runner, name });
    }
  }
  return found;
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
  /** Default: `MOST_PAGES.toFind`. */
  readonly mostPages?: number;
}

interface Search<T> {
  readonly place: Place;
  readonly budget: Budget;
  readonly find: (item: Item) => T | undefined;
}

interface Page {
  readonly items: readonly Item[];
  readonly isLast: boolean;
}

/** An Enterprise Server that does not know the query answers with all there is, page by page. */
async function firstIn<T>(list: List, { place, budget, find }: Search<T>): Promise<T | undefined> {
  for await (const items of pagesOf(list, place, budget)) {
    const found = items.map(find).find((item) => item !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function* pagesOf(
  { address, route, query, key, mostPages = MOST_PAGES.toFind }: List,
  place: Place,
  budget: Budget,
): AsyncGenerator<readonly Item[], void> {
  for (let page = 1; page <= mostPages; page += 1) {
    const { items, isLast }: Page = await place.ask(
      {
        address: `${address}?${query}${query && '&'}per_page=${PAGE_SIZE}&page=${page}`,
        route,
        order: 'begun',
        read({ text }): Reading<Page> {
          const all = parseObject(text)?.[key];
          if (!Array.isArray(all)) return { ok: false, problem: `without the list ${key}` };
          const items = (all as readonly unknown[]).filter(isObject);
          return { ok: true, value: { items, isLast: all.length < PAGE_SIZE } };
        },
      },
      budget,
    );
    yield items;
    if (isLast) return;
  }
}
