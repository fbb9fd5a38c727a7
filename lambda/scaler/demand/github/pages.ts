/** Lists of GitHub's REST API, page by page, each asked for with the ETag of what was read of it before. */
import type { IncomingHttpHeaders } from 'node:http';
import type { LimitFunction } from 'p-limit';
import type { Budget } from '../../clock.ts';
import { parseObject } from '../../contract/json.ts';
import type { Ask, Reading, Said } from '../asking.ts';
import { DemandSourceError } from '../source.ts';
import { noUsableCount, usableCount } from '../usable-count.ts';
import type { KeptAnswers } from './kept-answers.ts';
import type { Purpose, RequestBudget } from './request-budget.ts';

/** How one owner's lists are read. */
export interface Lists {
  readonly ask: Ask;
  /** Base URL of the REST API, without a trailing slash. */
  readonly apiUrl: string;
  readonly requests: RequestBudget;
  /** Requests that are under way at a time. */
  readonly limit: LimitFunction;
}

/** What the reads of one pass have in common. */
export interface Pass {
  readonly budget: Budget;
  readonly lists: Lists;
  /** Why nothing more is asked in this pass; set by a refusal that all requests would meet. */
  refusal: DemandSourceError | undefined;
}

export interface List<Value> {
  /** The path below the API of what has the list, such as `/repos/acme/app`; a renamed repository has another one. */
  readonly base: string;
  /** The rest of the path, and the same as a notice names it. */
  readonly below: string;
  readonly route: string;
  readonly query: string;
  readonly purpose: Purpose;
  /** Default: nothing is kept of this list. */
  readonly kept?: KeptAnswers<Page<Value>>;
  /** The key of the items in the answer. */
  readonly key: string;
  /** Reads the items of one page; undefined when one of them is none. */
  readonly read: (items: readonly unknown[]) => Value | undefined;
  /** Completes "answered 200 …" where an item is none. */
  readonly problem: string;
  /** A list of so many items or more is not shown as a whole. Default: every list is. */
  readonly most?: number;
  /** Told where a repository is to be asked for from now on. Default: a redirect is no answer. */
  readonly moved?: ((base: string) => void) | undefined;
}

export interface Page<Value> {
  readonly value: Value;
  readonly length: number;
  /** Items of the whole list, as GitHub counts them. */
  readonly total: number;
  /** The query of the next page. */
  readonly next: string | undefined;
}

type Answered<Value> = Page<Value> | { readonly base: string };

/** Far more than any list has; a server that goes on and on is not followed. */
const MOST_PAGES = 200;

/**
 * The whole list or nothing: what its pages hold must be as many items as GitHub counts.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
 */
export async function wholeList<Value>(list: List<Value>, pass: Pass): Promise<readonly Value[]> {
  const values: Value[] = [];
  let { base } = list;
  let query: string | undefined = list.query;
  let length = 0;
  let total = Number.POSITIVE_INFINITY;
  for (let page = 0; page < MOST_PAGES && query !== undefined; page += 1) {
    let answered: Answered<Value> = await ask({ ...list, base }, query, pass);
    if ('base' in answered) {
      ({ base } = answered);
      list.moved?.(base);
      answered = await ask({ ...list, base, moved: undefined }, query, pass);
    }
    if ('base' in answered) break;
    values.push(answered.value);
    length += answered.length;
    // Items may come and go between two pages.
    total = Math.min(total, answered.total);
    query = answered.next;
    if (answered.total >= (list.most ?? Number.POSITIVE_INFINITY)) {
      throw unusable(
        `GET ${pass.lists.apiUrl}${base}${list.below}?${list.query} has ${answered.total} items, of which GitHub shows no more than ${list.most}`,
      );
    }
  }
  const name = `GET ${pass.lists.apiUrl}${base}${list.below}`;
  if (query !== undefined) throw unusable(`${name} has more than ${MOST_PAGES} pages`);
  if (length < total) {
    throw unusable(`${name} says that it has ${total} items and shows ${length} of them`);
  }
  return values;
}

function unusable(said: string): DemandSourceError {
  return new DemandSourceError('invalid-answer', `${said}, so the demand is not known as a whole`);
}

const REDIRECTS = [301, 302, 307, 308];

async function ask<Value>(list: List<Value>, query: string, pass: Pass): Promise<Answered<Value>> {
  const { lists, budget } = pass;
  const address = `${lists.apiUrl}${list.base}${list.below}?${query}`;
  return lists.limit(async () => {
    if (pass.refusal !== undefined) throw pass.refusal;
    const kept = list.kept?.of(address);
    try {
      return await lists.ask(
        {
          address,
          route: list.route,
          order: 'begun',
          ...(kept && { headers: { 'if-none-match': kept.etag } }),
          accepts: [200, 304, ...REDIRECTS],
          read(said): Reading<Answered<Value>> {
            lists.requests.answered(said, list.purpose);
            if (said.status === 304) return unchanged(kept?.page);
            if (said.status !== 200) return redirected(said, list, address);
            const page = pageIn(said, list, lists.apiUrl);
            const { etag } = said.headers;
            if (page.ok && etag !== undefined) list.kept?.keep(address, { etag, page: page.value });
            return page;
          },
        },
        budget,
      );
    } catch (error) {
      if (error instanceof DemandSourceError && isOfAll(error)) pass.refusal = error;
      throw error;
    }
  });
}

/** The token or the number of requests is what is refused, so that every other request would be, too. */
export function isOfAll({ kind }: DemandSourceError): boolean {
  return kind === 'throttled' || kind === 'unauthorized' || kind === 'no-token';
}

function unchanged<Value>(page: Page<Value> | undefined): Reading<Answered<Value>> {
  return page === undefined
    ? { ok: false, problem: 'to a request that names no earlier answer' }
    : { ok: true, value: page };
}

function pageIn<Value>(
  { text, headers }: Said,
  { key, read, problem }: List<Value>,
  apiUrl: string,
): Reading<Page<Value>> {
  const body = parseObject(text);
  const items = body?.[key];
  if (!Array.isArray(items)) return { ok: false, problem: `without a list of ${key}` };
  const total = usableCount(body?.['total_count']);
  if (total === undefined) return { ok: false, problem: noUsableCount('total_count') };
  const value = read(items as readonly unknown[]);
  if (value === undefined) return { ok: false, problem };
  const next = nextLink(headers);
  if (next !== undefined && !isOfHost(next, apiUrl)) {
    return { ok: false, problem: 'with a next page on another host, which is not asked' };
  }
  const page = { value, length: items.length, total };
  return { ok: true, value: { ...page, next: next && new URL(next).search.slice(1) } };
}

function nextLink(headers: IncomingHttpHeaders): string | undefined {
  return /<([^<>]*)>\s*;\s*rel="?next"?/.exec(String(headers['link'] ?? ''))?.[1];
}

function isOfHost(url: string, apiUrl: string): boolean {
  return URL.canParse(url) && new URL(url).origin === new URL(apiUrl).origin;
}

/**
 * A renamed repository is at another path of the same host; nothing else is followed, so that the token goes nowhere
 * else.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
 */
function redirected<Value>(
  { headers: { location = '' } }: Said,
  { below, moved }: List<Value>,
  address: string,
): Reading<Answered<Value>> {
  const problem =
    'with a redirect that is not followed, because it leads to no repository of this host';
  if (moved === undefined || !URL.canParse(location, address)) return { ok: false, problem };
  const { origin, pathname } = new URL(location, address);
  const base = /\/(?:repositories\/\d+|repos\/[^/]+\/[^/]+)(?=\/)/.exec(pathname)?.[0];
  const isSame = origin === new URL(address).origin && base !== undefined;
  if (!isSame || !pathname.endsWith(`${base}${below}`)) return { ok: false, problem };
  return { ok: true, value: { base } };
}
