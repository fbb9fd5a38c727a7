/** How the log is read where AWS answers in many pages, empty ones among them, in no order. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { functionLog } from '../../../commands/aws/function-log.ts';
import { LOCAL_CLIENT } from '../../../commands/aws/local.ts';
import { isObject, parseObject } from '../../../lambda/scaler/contract.ts';
import { jsonAnswer, jsonRefusal } from '../../../simulator/emulators/json-service.ts';
import { type RunningServer, serve } from '../../../simulator/emulators/server.ts';

let server: RunningServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Page {
  readonly times: readonly number[];
  /** Refusals before it is given, each of one call. */
  readonly refusals?: number;
}

/** A log whose answers are these; what it was asked is kept. */
async function logOf(pages: readonly Page[], most?: number) {
  const asked: unknown[] = [];
  const refused = new Map<number, number>();
  server = await serve(({ body }) => {
    const input = parseObject(body) ?? {};
    const token = input['nextToken'];
    const at = typeof token === 'string' ? Number(token.replace('page-', '')) : 0;
    const page = pages[at];
    if (page === undefined) return jsonRefusal('InvalidParameterException', 'no such page');
    const count = refused.get(at) ?? 0;
    if (count < (page.refusals ?? 0)) {
      refused.set(at, count + 1);
      return jsonRefusal('ThrottlingException', 'Rate exceeded');
    }
    asked.push(input);
    return jsonAnswer(200, {
      events: page.times.map((timestamp) => ({ timestamp, message: `line ${timestamp}` })),
      ...(at + 1 < pages.length && { nextToken: `page-${at + 1}` }),
    });
  });
  const client = new CloudWatchLogsClient({
    ...LOCAL_CLIENT,
    endpoint: server.url,
    maxAttempts: 3,
  });
  const log = functionLog({ client, logGroup: '/g', ...(most !== undefined && { pages: most }) });
  return { asked, search: async () => log.search({ from: -5, to: 100, pattern: 'p' }) };
}

const timesOf = ({ lines }: { readonly lines: readonly { readonly at: number }[] }) =>
  lines.map(({ at }) => at);

describe('a search of the log', () => {
  test('reads every page, also after empty ones', async () => {
    const pages = Array.from({ length: 30 }, (_, index) => ({
      times: index % 7 === 6 ? [index] : [],
    }));
    const { asked, search } = await logOf(pages);
    const found = await search();
    expect(timesOf(found)).toEqual([6, 13, 20, 27]);
    expect(found.complete).toBe(true);
    expect(asked).toHaveLength(30);
    for (const input of asked) {
      expect(isObject(input) && input).toMatchObject({ startTime: 0, endTime: 100 });
    }
  });

  test('has what comes in no order, from several containers, in the order of time', async () => {
    const { search } = await logOf([{ times: [9, 2] }, { times: [] }, { times: [5, 1, 9] }]);
    const found = await search();
    expect(timesOf(found)).toEqual([1, 2, 5, 9, 9]);
  });

  test('says that there is more than it reads', async () => {
    const { asked, search } = await logOf([{ times: [1] }, { times: [] }, { times: [2] }], 2);
    const found = await search();
    expect({ times: timesOf(found), complete: found.complete }).toEqual({
      times: [1],
      complete: false,
    });
    expect(asked).toHaveLength(2);
  });

  test('outlives calls that are throttled twice, in the middle of its pages', async () => {
    const { search } = await logOf([{ times: [1] }, { times: [2], refusals: 2 }, { times: [3] }]);
    expect(timesOf(await search())).toEqual([1, 2, 3]);
  });

  test('ends in a sentence where they go on being throttled', async () => {
    const { search } = await logOf([{ times: [1] }, { times: [2], refusals: 3 }]);
    await expect(search()).rejects.toThrow(
      'logs:FilterLogEvents was refused (ThrottlingException): Rate exceeded; repeat the command',
    );
  });
});
