/**
 * CircleCI's runner API as far as a scaler reads it: the two task counts. Its API v3, which has both in one
 * answer, stands in `circleci-fleets.ts`.
 *
 * @see https://circleci.com/docs/guides/execution-runner/runner-api/
 */
import { CIRCLECI_CLASS_PATTERN } from '../../lambda/scaler/contract.ts';
import { WorldFault } from '../world/fault.ts';
import { fleetsEmulator, isFleetsApi } from './circleci-fleets.ts';
import type { Request, Response } from './server.ts';

/** What the emulator needs of the world. */
export interface TaskCounts {
  /** @throws WorldFault as CircleCI would refuse */
  readUnclaimed(resourceClass: string): number;
  readRunning(resourceClass: string): number;
  /** The resource classes that exist. */
  readonly resourceClasses: ReadonlySet<string>;
}

export interface CircleCiEmulatorOptions {
  readonly counts: TaskCounts;
  /** The API token that is accepted. */
  readonly token: string;
  /** Whether the fleets of API v3 are answered, too, as CircleCI Server did not. Default: true. */
  readonly fleets?: boolean;
}

export function circleCiEmulator(options: CircleCiEmulatorOptions) {
  const { counts, token } = options;
  const answerFleets = options.fleets === false ? undefined : fleetsEmulator(options);
  const routes: Readonly<Record<string, (resourceClass: string) => object>> = {
    '/api/v3/runner/tasks': (resourceClass) => ({
      unclaimed_task_count: counts.readUnclaimed(resourceClass),
    }),
    '/api/v3/runner/tasks/running': (resourceClass) => ({
      running_runner_tasks: counts.readRunning(resourceClass),
    }),
  };

  return (request: Request): Response => {
    const { method, path, query, headers } = request;
    if (answerFleets && isFleetsApi(request)) return answerFleets(request);
    const route = routes[path];
    if (route === undefined || method !== 'GET') return refusal(404, 'Not Found');
    if (headers['circle-token'] !== token) return refusal(401, 'You must log in first');
    const resourceClass = query.get('resource-class');
    if (resourceClass === null) return refusal(400, 'must specify resource-class');
    if (!CIRCLECI_CLASS_PATTERN.test(resourceClass)) {
      return refusal(400, 'resource class not valid');
    }
    if (!counts.resourceClasses.has(resourceClass)) return refusal(404, 'resource class not found');
    try {
      return json(200, route(resourceClass));
    } catch (error) {
      if (error instanceof WorldFault) return refusal(error.status, error.message);
      throw error;
    }
  };
}

function json(status: number, body: object): Response {
  return { status, type: 'application/json', body: JSON.stringify(body) };
}

function refusal(status: number, message: string): Response {
  return json(status, { message });
}
