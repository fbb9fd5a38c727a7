/** CircleCI on loopback as a test answers for it, and the source that reads it, with the time in the test's hand. */
import { budgetOf } from '../../../../lambda/scaler/clock.ts';
import type { CircleCiApi } from '../../../../lambda/scaler/contract.ts';
import type { CallRate } from '../../../../lambda/scaler/demand/call-rate.ts';
import { circleCi } from '../../../../lambda/scaler/demand/circleci.ts';
import { type HttpCall, httpClient } from '../../../../lambda/scaler/demand/http-call.ts';
import { DemandSourceError, type FleetQueue } from '../../../../lambda/scaler/demand/source.ts';
import { type Answer, type Received, startServer, type TestServer } from '../../../http-server.ts';
import { manualClock } from '../../../manual-clock.ts';

export const TOKEN = 'CCIPAT_old_0123456789';
export const ID = '0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9';

/** The text of each count in an answer, such as `7`; undefined leaves its key out. */
export interface Written {
  readonly running: string | undefined;
  readonly unclaimed: string | undefined;
}

/** One of the two APIs, as the cases that both are held to see it. */
export interface Way {
  readonly api: CircleCiApi;
  /** Good answers to all that is asked, but for the counts as they are given. */
  readonly writing: (counts: Written) => (request: Received) => { readonly body: string };
  readonly keys: Written;
  /** What the first read of a class asks for, in order. */
  readonly paths: readonly string[];
  readonly tokenOf: (request: Pick<Received, 'headers'>) => string | undefined;
  /** What the other setting is called, to which the end of the API leads. */
  readonly successor: string;
}

export const COUNTS: Way = {
  api: 'counts',
  keys: { running: 'running_runner_tasks', unclaimed: 'unclaimed_task_count' },
  paths: ['/api/v3/runner/tasks/running', '/api/v3/runner/tasks'],
  tokenOf: ({ headers }) => String(headers['circle-token']),
  successor: 'fleets',
  writing:
    (counts) =>
    ({ path }) => {
      const which = path.endsWith('/running') ? 'running' : 'unclaimed';
      return { body: `{${written(COUNTS, counts, which)}"more":[1,2]}` };
    },
};

export const FLEETS: Way = {
  api: 'fleets',
  keys: { running: 'running_tasks', unclaimed: 'queued_tasks' },
  paths: ['/api/v3/runner/resource-classes', `/api/v3/runner/fleets/${ID}`],
  tokenOf: ({ headers }) => /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1],
  successor: 'counts',
  writing:
    (counts) =>
    ({ path, query }) => ({
      body: path.endsWith('/resource-classes')
        ? classes([{ id: ID, resource_class: query.get('filter[resource_class]') ?? '' }])
        : fleetBody(counts),
    }),
};

/** A page of resource classes. */
export function classes(
  items: readonly { readonly id: unknown; readonly resource_class: unknown }[],
  next: unknown = null,
): string {
  const data = items.map(({ id, resource_class }) => ({
    id,
    attributes: { resource_class, description: 'a class' },
  }));
  return JSON.stringify({ data, page: { next } });
}

function fleetBody(counts: Written): string {
  const own = written(FLEETS, counts, 'running') + written(FLEETS, counts, 'unclaimed');
  return `{"data":{"id":"${ID}","attributes":{${own}"name":"linux","idle_agents":2}}}`;
}

function written({ keys }: Way, counts: Written, which: keyof Written): string {
  return counts[which] === undefined ? '' : `"${keys[which]}":${counts[which]},`;
}

/** The queue of a fleet, as far as CircleCI is told of it. */
export function queueOf(resourceClass: string): FleetQueue {
  return { resourceClass, group: `ci-${resourceClass.replace('/', '-')}` };
}

/** Good answers of both counts. */
export function good(way: Way, { running, unclaimed }: { running: number; unclaimed: number }) {
  return way.writing({ running: String(running), unclaimed: String(unclaimed) });
}

/** The trouble for the first requests, then good counts. */
export function failingFirst(way: Way, times: number, trouble: Answer | (() => Answer)) {
  let left = times;
  return (request: Received): Answer => {
    left -= 1;
    if (left < 0) return good(way, { running: 1, unclaimed: 2 })(request);
    return typeof trouble === 'function' ? trouble() : trouble;
  };
}

/** A call rate that lets everything through, and keeps in which order it was asked to. */
export function rateOf(orders: string[]): CallRate {
  return {
    callsWithin: () => 0,
    turn: async (_budget, order) => {
      orders.push(order);
    },
  };
}

let server: TestServer | undefined;

/** Ends what the last test began. */
export async function closeCircle() {
  await server?.close();
  server = undefined;
}

export interface CircleOptions {
  readonly token?: string;
  readonly path?: string;
  /** What the secret holds when it is read anew. Default: the same token. */
  readonly fresh?: string | Error;
  readonly budgetMs?: number;
  readonly rate?: CallRate;
  /** What the source takes for the server's URL. Default: the server's URL, to which all calls go anyhow. */
  readonly url?: string;
}

export async function circle(
  { api }: Pick<Way, 'api'>,
  answer: (request: Received) => Answer | Promise<Answer>,
  options: CircleOptions = {},
) {
  const started = await startServer(answer);
  server = started;
  const clock = manualClock();
  const notices: string[] = [];
  const origins: string[] = [];
  let { token = TOKEN } = options;
  let rereads = 0;
  const { fresh = token, rate } = options;
  const client = httpClient(4);
  const call: HttpCall = async (url, how) => {
    origins.push(url.origin);
    return client(new URL(`${url.pathname}${url.search}`, started.url), how);
  };
  const source = circleCi({
    api,
    url: options.url ?? `${started.url}${options.path ?? ''}`,
    clock,
    call,
    rate,
    random: () => 0.5,
    onNotice: (notice) => notices.push(notice),
    tokens: {
      current: async () => token,
      reread: async () => {
        rereads += 1;
        if (typeof fresh !== 'string') throw fresh;
        return (token = fresh);
      },
    },
  });
  const read = async (resourceClass = 'acme/linux') =>
    source.currentDemand(queueOf(resourceClass), budgetOf(clock, options.budgetMs ?? 15_000));
  const failure = async (resourceClass?: string) => {
    const error: unknown = await read(resourceClass).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof DemandSourceError)) throw new Error(`no failure, but ${String(error)}`);
    return error;
  };
  return {
    source,
    read,
    failure,
    received: started.received,
    paths: () => started.received.map(({ path }) => path),
    origins,
    notices,
    clock,
    rereads: () => rereads,
    stop: async () => started.close(),
  };
}
