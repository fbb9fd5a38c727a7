/** A CI system on loopback as a test answers for it, and the source that reads it, with the time in the test's hand. */
import { budgetOf } from '../../../../lambda/scaler/clock.ts';
import type { AskingPorts } from '../../../../lambda/scaler/demand/asking.ts';
import type { CallRate } from '../../../../lambda/scaler/demand/call-rate.ts';
import { type HttpCall, httpClient } from '../../../../lambda/scaler/demand/http-call.ts';
import {
  type DemandSource,
  DemandSourceError,
  type FleetQueue,
} from '../../../../lambda/scaler/demand/source.ts';
import { type Answer, type Received, startServer, type TestServer } from '../../../http-server.ts';
import { manualClock } from '../../../manual-clock.ts';

export const TOKEN = 'CCIPAT_old_0123456789';

/** What a source is made of, beside its server's URL. */
export interface SourcePorts extends AskingPorts {
  readonly url: string;
  readonly onNotice: (notice: string) => void;
}

export interface StageOptions {
  readonly token?: string;
  /** What the secret holds when it is read again. Default: the same token. */
  readonly fresh?: string | Error;
  readonly budgetMs?: number;
  readonly rate?: CallRate;
}

export type Answering = (request: Received) => Answer | Promise<Answer>;

let server: TestServer | undefined;

/** Ends what the last test began. */
export async function closeStage(): Promise<void> {
  await server?.close();
  server = undefined;
}

export async function stage(
  make: (ports: SourcePorts) => DemandSource,
  answer: Answering,
  options: StageOptions = {},
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
  // Whatever server the source calls, this one answers.
  const call: HttpCall = async (url, request) => {
    origins.push(url.origin);
    return client(new URL(`${url.pathname}${url.search}`, started.url), request);
  };
  const source = make({
    url: started.url,
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
  const pass = () => budgetOf(clock, options.budgetMs ?? 15_000);
  const read = async (queue: FleetQueue, budget = pass()) => source.currentDemand(queue, budget);
  const failure = async (queue: FleetQueue) => {
    const error: unknown = await read(queue).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof DemandSourceError)) throw new Error(`no failure, but ${String(error)}`);
    return error;
  };
  return {
    source,
    pass,
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
