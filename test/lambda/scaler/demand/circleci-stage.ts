/** CircleCI on loopback as a test answers for it, and the source that reads it, with the time in the test's hand. */
import { budgetOf } from '../../../../lambda/scaler/clock.ts';
import { circleCi } from '../../../../lambda/scaler/demand/circleci.ts';
import { httpClient } from '../../../../lambda/scaler/demand/http-get.ts';
import { DemandSourceError } from '../../../../lambda/scaler/demand/source.ts';
import { type Answer, type Received, startServer, type TestServer } from '../../../http-server.ts';
import { manualClock } from '../../../manual-clock.ts';

export const TOKEN = 'CCIPAT_old_0123456789';

let server: TestServer | undefined;

/** Ends what the last test began. */
export async function closeCircle() {
  await server?.close();
  server = undefined;
}

export function counts({ running, unclaimed }: { running: number; unclaimed: number }) {
  return ({ path }: Received) => ({
    body: JSON.stringify(
      path.endsWith('/running')
        ? { running_runner_tasks: running }
        : { unclaimed_task_count: unclaimed },
    ),
  });
}

/** The trouble for the first requests, then good counts. */
export function failingFirst(times: number, trouble: Answer | (() => Answer)) {
  let left = times;
  return (request: Received): Answer => {
    left -= 1;
    if (left < 0) return counts({ running: 1, unclaimed: 2 })(request);
    return typeof trouble === 'function' ? trouble() : trouble;
  };
}

export interface CircleOptions {
  readonly token?: string;
  readonly path?: string;
  /** What the secret holds when it is read anew. Default: the same token. */
  readonly fresh?: string | Error;
  readonly budgetMs?: number;
}

export async function circle(answer: (request: Received) => Answer, options: CircleOptions = {}) {
  const started = await startServer(answer);
  server = started;
  const clock = manualClock();
  const notices: string[] = [];
  let { token = TOKEN } = options;
  let rereads = 0;
  const { fresh = token } = options;
  const source = circleCi({
    url: `${started.url}${options.path ?? ''}`,
    clock,
    get: httpClient(4),
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
    source.currentDemand(resourceClass, budgetOf(clock, options.budgetMs ?? 15_000));
  const failure = async () => {
    const error: unknown = await read().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof DemandSourceError)) throw new Error(`no failure, but ${String(error)}`);
    return error;
  };
  const received = () =>
    started.received.map(({ method, path, query, headers }) => ({
      method,
      path,
      headers,
      rawClass: query.get('resource-class'),
      token: headers['circle-token'],
    }));
  return {
    read,
    failure,
    received,
    notices,
    clock,
    rereads: () => rereads,
    stop: async () => started.close(),
  };
}
