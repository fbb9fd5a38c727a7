/** CircleCI as the cases of every source see it, by each of its APIs; and what only CircleCI's own cases need. */
import type { CircleCiApi } from '../../../../lambda/scaler/contract.ts';
import type { CallRate } from '../../../../lambda/scaler/demand/call-rate.ts';
import { circleCi } from '../../../../lambda/scaler/demand/circleci.ts';
import type { DemandSource, FleetQueue } from '../../../../lambda/scaler/demand/source.ts';
import type { SourceUnderTest, Written } from './source-contract.ts';
import { type Answering, type SourcePorts, stage, type StageOptions } from './source-stage.ts';

export const ID = '0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9';

/** One of the two APIs. */
export interface Way extends SourceUnderTest {
  readonly api: CircleCiApi;
  /** What its counts are called in an answer. */
  readonly keys: Readonly<Record<keyof Written, string>>;
  /** What the other setting is called, to which the end of the API leads. */
  readonly successor: string;
}

const QUEUES = [queueOf('acme/linux'), queueOf('acme/arm')] as const;

export const COUNTS: Way = {
  api: 'counts',
  name: 'circleci by its counts',
  make: circleCiBy('counts'),
  queues: QUEUES,
  keys: { running: 'running_runner_tasks', unclaimed: 'unclaimed_task_count' },
  paths: ['/api/v3/runner/tasks/running', '/api/v3/runner/tasks'],
  tokenOf: ({ headers }) => String(headers['circle-token']),
  successor: 'fleets',
  answers:
    (written) =>
    ({ path, query }) => {
      const counts = written(query.get('resource-class') ?? '');
      const which = path.endsWith('/running') ? 'running' : 'unclaimed';
      return { body: `{${fieldOf(COUNTS, counts, which)}"more":[1,2]}` };
    },
};

export const FLEETS: Way = {
  api: 'fleets',
  name: 'circleci by its fleets',
  make: circleCiBy('fleets'),
  queues: QUEUES,
  keys: { running: 'running_tasks', unclaimed: 'queued_tasks' },
  paths: ['/api/v3/runner/resource-classes', `/api/v3/runner/fleets/${ID}`],
  tokenOf: ({ headers }) => /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1],
  successor: 'counts',
  answers: (written) => {
    /** The names of the classes that were looked up, by their ids. */
    const names = new Map<string, string>();
    return ({ path, query }) => {
      const name = query.get('filter[resource_class]');
      if (name !== null) {
        const id = name === 'acme/arm' ? 'id-of-arm' : ID;
        names.set(id, name);
        return { body: classes([{ id, resource_class: name }]) };
      }
      const id = path.split('/').at(-1) ?? '';
      const counts = written(names.get(id) ?? '');
      const own = fieldOf(FLEETS, counts, 'running') + fieldOf(FLEETS, counts, 'unclaimed');
      return {
        body: `{"data":{"id":"${id}","attributes":{${own}"name":"linux","idle_agents":2}}}`,
      };
    };
  },
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

function fieldOf({ keys }: Way, counts: Written, which: keyof Written): string {
  return counts[which] === undefined ? '' : `"${keys[which]}":${counts[which]},`;
}

/** The queue of a fleet, as far as CircleCI is told of it. */
export function queueOf(resourceClass: string): FleetQueue {
  return { resourceClass, group: `ci-${resourceClass.replace('/', '-')}` };
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

function circleCiBy(api: CircleCiApi): (ports: SourcePorts) => DemandSource {
  return (ports) => circleCi({ ...ports, api });
}

export interface CircleOptions extends StageOptions {
  /** Of a CircleCI Server that is not at the root of its host. */
  readonly path?: string;
  /** What the source takes for the server's URL. Default: the server's URL, to which all calls go anyhow. */
  readonly url?: string;
}

/** CircleCI as `answer` has it, read by one of its APIs, for the class acme/linux where nothing else is said. */
export async function circle(
  { api }: Pick<Way, 'api'>,
  answer: Answering,
  { path = '', url, ...options }: CircleOptions = {},
) {
  const set = await stage(
    (ports) => circleCi({ ...ports, api, url: url ?? `${ports.url}${path}` }),
    answer,
    options,
  );
  return {
    ...set,
    read: async (resourceClass = 'acme/linux') => set.read(queueOf(resourceClass)),
    failure: async (resourceClass = 'acme/linux') => set.failure(queueOf(resourceClass)),
  };
}
