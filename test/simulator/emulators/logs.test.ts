import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { functionLog } from '../../../commands/aws/function-log.ts';
import { LOCAL_CLIENT } from '../../../commands/aws/local.ts';
import { filterPattern } from '../../../simulator/emulators/filter-pattern.ts';
import { type LogEvent, logsEmulator } from '../../../simulator/emulators/logs.ts';
import { type RunningServer, serve } from '../../../simulator/emulators/server.ts';

const LOG = '/runner-scaler/ci';
let server: RunningServer | undefined;
let requests = 0;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** So many lines, each a second after the other; each tenth is of interest. */
async function clientOf(count: number, searched = 20): Promise<CloudWatchLogsClient> {
  const events = Array.from({ length: count }, (_, index): LogEvent => {
    const message = JSON.stringify({ message: index % 10 === 0 ? 'pass' : 'other', index });
    return { timestamp: 1000 * index, message };
  });
  const answer = logsEmulator(new Map([[LOG, events]]), searched);
  requests = 0;
  server = await serve((request) => {
    requests += 1;
    return answer(request) ?? { status: 404, type: 'text/plain', body: '' };
  });
  return new CloudWatchLogsClient({ ...LOCAL_CLIENT, endpoint: server.url, maxAttempts: 1 });
}

const pattern = '{ $.message = "pass" }';

describe('the search of a log', () => {
  test('goes on after answers that hold nothing, until there is no more', async () => {
    const client = await clientOf(100, 5);
    const log = functionLog({ client, logGroup: LOG });
    const { lines, complete } = await log.search({ from: 0, to: 1e9, pattern });
    expect(lines.map(({ at }) => at / 1000)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(complete).toBe(true);
    expect(requests).toBe(20);
  });

  test('reads no more answers than it may, and says so', async () => {
    const client = await clientOf(100, 5);
    const log = functionLog({ client, logGroup: LOG, pages: 4 });
    const { lines, complete } = await log.search({ from: 0, to: 1e9, pattern });
    expect(lines.map(({ at }) => at / 1000)).toEqual([0, 10]);
    expect(complete).toBe(false);
    expect(requests).toBe(4);
  });

  test('has the lines of its time only', async () => {
    const log = functionLog({ client: await clientOf(100), logGroup: LOG });
    const { lines } = await log.search({ from: 20_000, to: 40_000, pattern });
    expect(lines.map(({ at }) => at / 1000)).toEqual([20, 30, 40]);
  });

  test('of a log that is not there is refused as such', async () => {
    const log = functionLog({ client: await clientOf(1), logGroup: '/runner-scaler/other' });
    await expect(log.search({ from: 0, to: 1, pattern })).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  test.each([{ filterPattern: '{ $.a > 1 }' }, { nextToken: 'made up' }, { limit: 10_001 }])(
    'is refused with %j',
    async (wrong) => {
      const client = await clientOf(1);
      await expect(
        client.send(new FilterLogEventsCommand({ logGroupName: LOG, ...wrong })),
      ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    },
  );
});

describe('a filter pattern', () => {
  test.each([
    ['{ $.a = "x" }', true],
    ['{ $.a = "y" }', false],
    ['{ $.a = "y" || $.b = "z" }', true],
    ['{ $.a = "x" && $.b = "y" }', false],
    ['{ $.a = "x" && ($.b = "y" || $.b = "z") }', true],
    ['', true],
  ])('%s of {"a":"x","b":"z"} is %j', (text, matches) => {
    expect(filterPattern(text)?.('{"a":"x","b":"z"}')).toBe(matches);
  });

  test('finds nothing in what is no JSON', () => {
    expect(filterPattern('{ $.a = "x" }')?.('START RequestId: 1')).toBe(false);
  });

  test('of words and texts finds one of them in a line of any form', () => {
    const matches = filterPattern('?ERROR ?"Task timed out"');
    expect(matches?.('id Task timed out after 30.00 seconds')).toBe(true);
    expect(matches?.('Task 1 timed out')).toBe(false);
    expect(matches?.('id\tERROR\tInvoke Error')).toBe(true);
    expect(matches?.('{"level":"ERROR"}')).toBe(true);
    expect(matches?.('{"level":"error"}')).toBe(false);
  });

  test.each(['{ $.a = }', '{ $.a = "x" && }', '{ ($.a = "x" }', '{ a = "x" }', 'ERROR -x'])(
    '%s is not understood',
    (text) => expect(filterPattern(text)).toBeUndefined(),
  );
});
