/** Lists of GitLab's REST API, page by page, by keyset where GitLab offers it and else by number. */
import type { Budget } from '../../clock.ts';
import type { Ask, Reading } from '../asking.ts';
import { DemandSourceError } from '../source.ts';

/** A hundred jobs are about 300 KB. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Pages of one list that are read. */
export const MOST_PAGES = 50;

export interface List<T> {
  /** URL of the list, without a query. */
  readonly address: string;
  readonly route: string;
  /** The query of the first page. */
  readonly query: string;
  readonly order: 'begun' | 'new';
  readonly itemOf: (item: unknown) => T | undefined;
  /** Says of a list that one of its items is none; completes "answered 200 …". */
  readonly problem: string;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/**
 * The whole list or nothing. Of the link to the next page only the query is used, so that the token goes nowhere else,
 * whatever host a proxy or GitLab's own setting puts into it.
 *
 * @see https://docs.gitlab.com/api/rest/#pagination
 */
export async function wholeList<T>(ask: Ask, list: List<T>, budget: Budget): Promise<readonly T[]> {
  const { address, route } = list;
  const items: T[] = [];
  let query: string | undefined = list.query;
  let { order } = list;
  for (let page = 0; page < MOST_PAGES && query !== undefined; page += 1) {
    const read: Page<T> = await ask(
      {
        address: `${address}?${query}`,
        route,
        order,
        mostBytes: MOST_BYTES,
        read: ({ text, headers }): Reading<Page<T>> => {
          const found = itemsIn(text, list.itemOf);
          if (found === undefined) return { ok: false, problem: list.problem };
          return { ok: true, value: { items: found, next: nextQuery(headers, list.query) } };
        },
      },
      budget,
    );
    items.push(...read.items);
    query = read.next;
    order = 'begun';
  }
  if (query === undefined) return items;
  throw new DemandSourceError(
    'invalid-answer',
    `GET ${address} has more than ${MOST_PAGES} pages, so the demand is not known as a whole`,
  );
}

function itemsIn<T>(text: string, itemOf: List<T>['itemOf']): readonly T[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  const items: T[] = [];
  for (const each of list as readonly unknown[]) {
    const item = itemOf(each);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

function nextQuery(headers: Headers, first: string): string | undefined {
  const link = /<([^<>]*)>\s*;\s*rel="?next"?/.exec(String(headers['link'] ?? ''))?.[1];
  if (link !== undefined && URL.canParse(link)) return new URL(link).search.slice(1);
  // A proxy may drop the links, which are long.
  const page = String(headers['x-next-page'] ?? '').trim();
  return /^\d+$/.test(page) ? `${first}&page=${page}` : undefined;
}
