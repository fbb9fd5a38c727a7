/**
 * CircleCI's API v3 as far as a scaler reads it: the id of a resource class, and its fleet with both counts.
 *
 * @see https://circleci.com/docs/api/v3/conventions.md
 */
import { createHash } from 'node:crypto';
import { WorldFault } from '../world/fault.ts';
import type { CircleCiEmulatorOptions } from './circleci.ts';
import type { Request, Response } from './server.ts';

const CLASSES = '/api/v3/runner/resource-classes';
const FLEETS = '/api/v3/runner/fleets/';

/** Exactly one of these is allowed and needed; only the last is emulated. */
const FILTERS = ['filter[org_id]', 'filter[namespace]', 'filter[resource_class]'] as const;

export function isFleetsApi({ path }: Request): boolean {
  return path === CLASSES || path.startsWith(FLEETS);
}

export function fleetsEmulator({ counts, token }: CircleCiEmulatorOptions) {
  const classes = new Map([...counts.resourceClasses].map((name) => [idOf(name), name]));

  return ({ method, path, query, headers }: Request): Response => {
    if (method !== 'GET') return refusal(404, 'Not Found');
    if (headers.authorization !== `Bearer ${token}`) return refusal(401, 'Unauthorized');
    return path === CLASSES ? resourceClass(query) : fleet(path.slice(FLEETS.length), query);
  };

  function resourceClass(query: URLSearchParams): Response {
    const given = FILTERS.filter((filter) => query.has(filter));
    if (given.length !== 1) return refusal(400, `exactly one of ${FILTERS.join(', ')} is needed`);
    const name = query.get('filter[resource_class]');
    if (name === null) return refusal(400, `${given.join('')} is not emulated`);
    if (!counts.resourceClasses.has(name)) return refusal(404, 'Resource class not found.');
    const data = [{ id: idOf(name), attributes: { resource_class: name, description: '' } }];
    return json(200, { data, page: { next: null } });
  }

  function fleet(id: string, query: URLSearchParams): Response {
    if ([...query.keys()].some((key) => key.startsWith('filter['))) {
      return refusal(400, 'a fleet that is named by its id takes no filter');
    }
    const name = classes.get(id);
    if (name === undefined) return refusal(404, 'Fleet not found.');
    try {
      const attributes = {
        name,
        running_tasks: counts.readRunning(name),
        queued_tasks: counts.readUnclaimed(name),
      };
      return json(200, { data: { id, attributes, references: { resource_class: { id } } } });
    } catch (error) {
      if (error instanceof WorldFault) return refusal(error.status, error.message);
      throw error;
    }
  }
}

/** The same id for the same name, in the form of CircleCI's. */
function idOf(resourceClass: string): string {
  const digits = createHash('sha256').update(resourceClass).digest('hex');
  return digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function json(status: number, body: object): Response {
  return { status, type: 'application/json', body: JSON.stringify(body) };
}

function refusal(status: number, title: string): Response {
  return json(status, { error: { id: '00000000-0000-4000-8000-000000000000', title, detail: '' } });
}
