/**
 * Runner fleets of CircleCI's API v3: both counts of a class in one answer, so half the calls and none
 * between which a task is claimed. CircleCI calls it experimental; CircleCI Cloud answers it, CircleCI
 * Server did not in October 2026.
 *
 * A fleet is asked for by the id of its resource class, which is looked up once by the class's name.
 *
 * @see https://circleci.com/docs/api/v3/conventions.md for the token's header, paging and errors
 * @see https://circleci.com/docs/guides/server/toolkit/api-intro/ for what CircleCI Server answers
 */
import type { Budget } from '../../clock.ts';
import { CIRCLECI_CLOUD_URL } from '../../contract/circleci.ts';
import { isObject, parseObject } from '../../contract/json.ts';
import { type Demand, type DemandReader, DemandSourceError } from '../source.ts';
import type { Question, Reading } from '../asking.ts';
import { askingCircleCi, type CircleCiPorts } from './asking.ts';
import { noUsableCount, usableCount } from '../usable-count.ts';

const LOOK_UP = '/api/v3/runner/resource-classes';
const FLEETS = '/api/v3/runner/fleets';

/** CircleCI Cloud has its API v3 at its website's host, not at that of the runner API. */
const CLOUD_API_URL = 'https://circleci.com';

/** A fleet's answer names its agents, up to a number that is not documented. */
const MOST_BYTES = 1024 * 1024;

/** Pages of a look-up that are read. The filter leaves one class, so that one page is what is expected. */
export const MOST_PAGES = 5;

/** CircleCI's ids are UUIDs; nothing that could lead to another path is taken for one. */
const ID = /^[A-Za-z0-9-]{1,64}$/;

export interface FleetsOptions {
  /** Base URL of the runner API, without a trailing slash. */
  readonly url: string;
  /** What to do when CircleCI ends this API, as part of a sentence. */
  readonly successor: string;
}

export function fleets(ports: CircleCiPorts, options: FleetsOptions): DemandReader {
  const { rate } = ports;
  const isCloud = options.url === CIRCLECI_CLOUD_URL;
  const url = isCloud ? CLOUD_API_URL : options.url;
  const ids = new Map<string, string>();
  const ask = askingCircleCi(ports, {
    credential: (token) => ({ authorization: `Bearer ${token}` }),
    mostBytes: MOST_BYTES,
    successor: options.successor,
    hint: isCloud
      ? undefined
      : "a CircleCI Server may not answer the fleets API: if so, set circleci.api to 'counts' in the config",
  });

  return {
    async currentDemand({ resourceClass }, budget): Promise<Demand> {
      const known = ids.get(resourceClass);
      if (known === undefined) return lookedUp(resourceClass, { budget, order: 'new' });
      try {
        return await demandOf(known, { budget, order: 'new' });
      } catch (error) {
        if (!(error instanceof DemandSourceError) || error.kind !== 'not-found') throw error;
        // The class may have been deleted and made again under its name.
        ids.delete(resourceClass);
        return lookedUp(resourceClass, { budget, order: 'begun' });
      }
    },
    ...(rate && {
      // A class without an id needs a call more; no more than half of the calls go into that.
      classesWithin: (ms, queues) => {
        const calls = rate.callsWithin(ms);
        const unknown = queues.filter(({ resourceClass }) => !ids.has(resourceClass)).length;
        return Math.max(Math.floor(calls / 2), calls - unknown);
      },
    }),
  };

  async function lookedUp(resourceClass: string, when: When): Promise<Demand> {
    const id = await lookUp(resourceClass, when);
    const demand = await demandOf(id, { ...when, order: 'begun' });
    ids.set(resourceClass, id);
    return demand;
  }

  async function lookUp(resourceClass: string, { budget, order }: When): Promise<string> {
    let cursor: string | undefined;
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const query = new URLSearchParams({
        'filter[resource_class]': resourceClass,
        ...(cursor !== undefined && { 'page[cursor]': cursor }),
      });
      const found: Page = await ask(
        {
          address: `${url}${LOOK_UP}?${query.toString()}`,
          route: LOOK_UP,
          order: page === 1 ? order : 'begun',
          read: ({ text }) => pageIn(text, resourceClass),
        },
        budget,
      );
      if ('id' in found) return found.id;
      cursor = found.next;
    }
    throw new DemandSourceError(
      'invalid-answer',
      `GET ${url}${LOOK_UP} answered ${MOST_PAGES} pages without the resource class, and has more: ` +
        'its filter by resource class seems to be without effect',
    );
  }

  async function demandOf(id: string, { budget, order }: When): Promise<Demand> {
    return ask(
      {
        address: `${url}${FLEETS}/${id}`,
        route: `${FLEETS}/{id}`,
        order,
        read: ({ text }) => fleetIn(text, id),
      },
      budget,
    );
  }
}

interface When {
  readonly budget: Budget;
  readonly order: Question<unknown>['order'];
}

/** The class's id, or where to read on. */
type Page = { readonly id: string } | { readonly next: string };

function pageIn(text: string, resourceClass: string): Reading<Page> {
  const body = parseObject(text);
  const items: unknown = body?.['data'];
  if (!Array.isArray(items)) return { ok: false, problem: 'without a list of resource classes' };
  const found = new Set(items.filter((item) => nameOf(item) === resourceClass).map(idOf));
  const [id] = found;
  if (found.size > 1) return { ok: false, problem: 'with several ids for the resource class' };
  if (found.size === 1) {
    return id === undefined
      ? { ok: false, problem: 'with no usable id for the resource class' }
      : { ok: true, value: { id } };
  }
  const page: unknown = body?.['page'];
  const next = isObject(page) ? page['next'] : undefined;
  if (typeof next === 'string' && next !== '') return { ok: true, value: { next } };
  return {
    ok: false,
    kind: 'not-found',
    problem:
      'without the resource class: it does not exist, or the user of the API token may not see it',
  };
}

function nameOf(item: unknown): unknown {
  const attributes = isObject(item) ? item['attributes'] : undefined;
  return isObject(attributes) ? attributes['resource_class'] : undefined;
}

function idOf(item: unknown): string | undefined {
  const id = isObject(item) ? item['id'] : undefined;
  return typeof id === 'string' && ID.test(id) ? id : undefined;
}

/** A queued task is an unclaimed one in the other API's words. */
function fleetIn(text: string, id: string): Reading<Demand> {
  const data = parseObject(text)?.['data'];
  if (!isObject(data) || !isOf(data, id)) {
    return { ok: false, problem: 'without the fleet that was asked for' };
  }
  const { attributes } = data;
  const count = (key: string) => usableCount(isObject(attributes) ? attributes[key] : undefined);
  const running = count('running_tasks');
  if (running === undefined) return { ok: false, problem: noUsableCount('running_tasks') };
  const unclaimed = count('queued_tasks');
  if (unclaimed === undefined) return { ok: false, problem: noUsableCount('queued_tasks') };
  return { ok: true, value: { unclaimed, running } };
}

/** Whether a fleet is that of the class with the id. */
function isOf({ id: own, references }: Readonly<Record<string, unknown>>, id: string): boolean {
  const ofClass = isObject(references) ? references['resource_class'] : undefined;
  return own === id || (isObject(ofClass) && ofClass['id'] === id);
}
