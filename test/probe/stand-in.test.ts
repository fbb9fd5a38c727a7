/** The stand-in's function, from the text that is deployed, and how the probe reads what it wrote down. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { claimsOf, clockOffset } from '../../probe/claims.ts';
import { NotMeasured } from '../../probe/port.ts';
import { standInCode } from '../../probe/stand-in.ts';
import { startServer, type TestServer } from '../http-server.ts';

const TOKEN = 'a-token';
/** The stand-in's clock is ahead by this much. */
const AHEAD_MS = 90_000;
const { signal } = new AbortController();

let standIn: StandIn;
let server: TestServer;

beforeEach(async () => {
  standIn = load();
  server = await startServer(async ({ path, body, headers }) => {
    const answer = await standIn.handler({ headers, rawPath: path, body });
    return { status: answer.statusCode, body: answer.body ?? '' };
  });
});

afterEach(async () => {
  await server.close();
});

describe('the stand-in for CircleCI', () => {
  test('has no task for an agent, and writes down which instance asked when', async () => {
    expect(await claim('i-1')).toBe(204);
    expect(standIn.log).toEqual([expect.stringMatching(/^\{"claim":"i-1","at":\d{13}\}$/)]);
  });

  test('answers whoever does not show the token with 401, and writes nothing', async () => {
    expect(await claim('i-1', 'another-token')).toBe(401);
    expect(await standIn.handler({})).toEqual({ statusCode: 401 });
    expect(standIn.log).toEqual([]);
  });

  test('takes a body as Lambda may hand it over, in base 64, or a broken one', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const rawPath = '/api/v3/runner/claim';
    const body = Buffer.from('{"name":"i-2"}').toString('base64');
    await standIn.handler({ headers, rawPath, body, isBase64Encoded: true });
    expect(await standIn.handler({ headers, rawPath, body: '{' })).toEqual({ statusCode: 204 });
    expect(standIn.log.map((line) => (JSON.parse(line) as { claim: string }).claim)).toEqual([
      'i-2',
      'unreadable',
    ]);
  });

  test('fits into a template as it stands', () => {
    expect(Buffer.byteLength(standInCode())).toBeLessThan(4096);
  });
});

describe('the clock of the stand-in', () => {
  test('is compared with this one, to within the time of an answer', async () => {
    const offset = await clockOffset({ url: server.url, token: TOKEN, signal });
    expect(Math.abs(offset - AHEAD_MS)).toBeLessThan(1000);
  });

  test.each([
    ['an address that is none', () => 'arn:aws:lambda:us-east-1:name', 'has no address here: arn:'],
    ['nobody there', () => 'http://127.0.0.1:9', 'cannot be reached: '],
    ['a wrong token', () => server.url, 'answers with status 401, not with its clock'],
  ])('%s: not measured', async (_what, url, reason) => {
    const asking = clockOffset({ url: url(), token: 'wrong', signal });
    await expect(asking).rejects.toThrow(NotMeasured);
    await expect(asking).rejects.toThrow(reason);
  });
});

describe('the first claim of a machine', () => {
  test('is the earliest in the log, by the clock of this computer', async () => {
    const at = Date.now() + AHEAD_MS;
    const logs = await startLogs([
      [line('i-1', at + 5000), line('i-2', at - 9000)],
      [line('i-1', at), 'START RequestId: 1', line('i-1', at + 10_000)],
    ]);
    try {
      const claims = claimsOf({ ...logs.options, url: server.url, token: TOKEN, signal });
      const first = await claims.firstAt('i-1');
      expect(Math.abs((first ?? 0) - (at - AHEAD_MS))).toBeLessThan(1000);
      expect(await claims.firstAt('i-3')).toBeUndefined();
      expect(logs.server.received[0]?.body).toContain('"logGroupName":"/probe/stand-in"');
    } finally {
      await logs.server.close();
    }
  });
});

/** As Node.js writes a line to the log of a function. */
function line(claim: string, at: number): string {
  const said = JSON.stringify({ claim, at });
  return `2026-01-05T09:00:00.000Z\t8f5d6f0e-0000-4000-8000-000000000000\tINFO\t${said}\n`;
}

/** CloudWatch Logs with these pages. */
async function startLogs(pages: readonly (readonly string[])[]) {
  const server = await startServer(({ body }) => {
    const { nextToken = '0' } = JSON.parse(body) as { nextToken?: string };
    const page = Number(nextToken);
    const more = page + 1 < pages.length && { nextToken: String(page + 1) };
    const events = pages[page]?.map((message) => ({ message }));
    return { body: JSON.stringify({ events, ...more }) };
  });
  const logs = new CloudWatchLogsClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAPROBE', secretAccessKey: 'not-a-secret' },
  });
  return { server, options: { logs, logGroup: '/probe/stand-in' } };
}

async function claim(name: string, token: string = TOKEN): Promise<number> {
  const { status } = await fetch(`${server.url}/api/v3/runner/claim`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ name, hostname: name, version: '3.1.13' }),
  });
  return status;
}

interface StandIn {
  readonly handler: (request: {
    readonly headers?: object;
    readonly rawPath?: string;
    readonly body?: string;
    readonly isBase64Encoded?: boolean;
  }) => Promise<{ readonly statusCode: number; readonly body?: string }>;
  readonly log: string[];
}

function load(): StandIn {
  const exports: Partial<StandIn> = {};
  const log: string[] = [];
  runInNewContext(standInCode(), {
    exports,
    process: { env: { TOKEN } },
    console: { log: (text: string) => log.push(text) },
    Buffer,
    Date: { now: () => Date.now() + AHEAD_MS },
  });
  const { handler } = exports;
  if (handler === undefined) throw new Error('the code exports no handler');
  return { handler, log };
}
