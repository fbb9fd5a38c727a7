/** Reads back from the stand-in which agent asked for a task when. */
import {
  type CloudWatchLogsClient,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { errorFacts, isObject, parseObject } from '../lambda/scaler/contract.ts';
import { NotMeasured } from './port.ts';

export interface Claims {
  /**
   * When a machine's agent first asked, by this computer's clock; undefined as long as the log does
   * not have it, which is some seconds after the fact.
   *
   * @throws NotMeasured when the stand-in cannot be reached
   */
  firstAt(instance: string): Promise<number | undefined>;
}

export interface ClaimsOptions {
  readonly logs: CloudWatchLogsClient;
  readonly url: string;
  readonly token: string;
  readonly logGroup: string;
  readonly signal: AbortSignal;
}

export function claimsOf({ logs, url, token, logGroup, signal }: ClaimsOptions): Claims {
  let offset: number | undefined;

  return {
    async firstAt(instance) {
      offset ??= await clockOffset({ url, token, signal });
      let first: number | undefined;
      const query = { logGroupName: logGroup, filterPattern: '"claim"' };
      for await (const page of paginateFilterLogEvents({ client: logs }, query)) {
        signal.throwIfAborted();
        for (const { message = '' } of page.events ?? []) {
          const claim = claimIn(message);
          if (claim?.instance === instance) first = Math.min(first ?? claim.at, claim.at);
        }
      }
      return first === undefined ? undefined : first - offset;
    },
  };
}

/** A line of the function's log: the runtime puts the time and the request before the message. */
export function claimIn(
  line: string,
): { readonly instance: string; readonly at: number } | undefined {
  const said = parseObject(line.slice(Math.max(0, line.indexOf('{'))));
  const { claim, at } = said ?? {};
  return typeof claim === 'string' && typeof at === 'number' ? { instance: claim, at } : undefined;
}

const CLOCK_TRIES = 5;

interface ClockOptions {
  readonly url: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

/**
 * By how many milliseconds the stand-in's clock is ahead of this one. The quickest of some answers is
 * taken, in the middle of which the clock was read, give or take half the time of that answer.
 */
export async function clockOffset({ url, token, signal }: ClockOptions): Promise<number> {
  if (!url.startsWith('http')) throw new NotMeasured(`the stand-in has no address here: ${url}`);
  let best = { took: Number.POSITIVE_INFINITY, offset: 0 };
  for (let tries = 0; tries < CLOCK_TRIES; tries += 1) {
    const begin = Date.now();
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new NotMeasured(
        `the stand-in at ${url} cannot be reached: ${errorFacts(error).message}`,
      );
    });
    const body = parseObject(await answer.text());
    const now = isObject(body) ? body['now'] : undefined;
    if (typeof now !== 'number') {
      throw new NotMeasured(
        `the stand-in at ${url} answers with status ${answer.status}, not with its clock`,
      );
    }
    const took = Date.now() - begin;
    if (took < best.took) best = { took, offset: now - (begin + took / 2) };
  }
  return best.offset;
}
