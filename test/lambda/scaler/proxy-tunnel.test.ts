/** Calls through a proxy: each trouble of the proxy is a failure with its name, in bounded time. */
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { afterEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { http2Client } from '../../../lambda/scaler/demand/http2-call.ts';
import { tunnelAgent } from '../../../lambda/scaler/proxy-tunnel.ts';
import { startServer } from '../../http-server.ts';
import { makeAuthority } from '../../machine/authority.ts';
import { closeServers, tlsServer, type TlsOptions } from './demand/tls-server.ts';
import { closeProxies, type Manner, startProxy, type TestProxy } from './proxy-server.ts';

afterEach(async () => {
  await closeProxies();
  await closeServers();
});

async function stage(manner: Manner, options: TlsOptions = { speaks: 'both' }) {
  const server = await tlsServer(options);
  const proxy = await startProxy(manner);
  return { server, proxy, ...clientOf({ server, proxy }, { limitMs: limitFor(manner) }) };
}

/** Where nothing ends the wait but the limit it is short; elsewhere a slow machine must not meet it. */
function limitFor(manner: Manner): number {
  return manner === 'says nothing' || manner === 'connects and says nothing more' ? 1_000 : 30_000;
}

function clientOf(
  {
    server,
    proxy,
  }: {
    readonly server: { readonly url: string; readonly ca: Buffer | Buffer[] };
    readonly proxy: Pick<TestProxy, 'url'>;
  },
  { noProxy = [], limitMs = 30_000 }: { noProxy?: readonly string[]; limitMs?: number } = {},
) {
  const call = http2Client(4, {
    ca: server.ca,
    proxy: { url: proxy.url, noProxy },
    tunnelMs: limitMs,
  });
  const ask = async (path = '/', signals: AbortSignal[] = []) =>
    call(new URL(path, server.url), { headers: { 'circle-token': 't' }, signals, limit: 1_000 });
  return { ask };
}

describe('a proxy that passes on', () => {
  test.each(['passes on', 'passes on in single bytes'] as const)(
    'is asked for a tunnel, over which the server is spoken to by HTTP/1.1: %s',
    async (manner) => {
      const { server, proxy, ask } = await stage(manner);
      expect(await ask('/a')).toMatchObject({ status: 200 });
      expect(server.received).toEqual(['1.1 /a']);
      expect(proxy.received).toEqual([`CONNECT ${new URL(server.url).host}`]);
    },
  );

  test('is asked once for calls after each other', async () => {
    const { server, proxy, ask } = await stage('passes on');
    for (const path of ['/a', '/b', '/c']) await ask(path);
    expect(server.received).toHaveLength(3);
    expect(proxy.received).toHaveLength(1);
  });

  test('is not asked for a host that is called directly', async () => {
    const { server, proxy } = await stage('passes on');
    const { ask } = clientOf({ server, proxy }, { noProxy: ['localhost'] });
    await ask('/a');
    expect(server.received).toEqual(['2.0 /a']);
    expect(proxy.received).toEqual([]);
  });

  test('does not see what it passes on, and its answers are those of the server', async () => {
    const { ask } = await stage('passes on', {
      speaks: 'HTTP/1.1',
      answer: ({ headers }, response) => {
        response.writeHead(407).end(String(headers['circle-token']));
      },
    });
    expect(await ask()).toMatchObject({ status: 407, text: 't' });
  });

  test('may itself be reached over TLS, and shows a certificate of its own name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
    const { certificate, server: identity } = makeAuthority(folder, ['localhost']);
    const proxyCa = readFileSync(certificate);
    rmSync(folder, { recursive: true });
    const server = await tlsServer({ speaks: 'both' });
    const proxy = await startProxy('passes on', identity);
    const url = server.url.replace('localhost', 'gitlab.corp.example');
    const trusting = clientOf({ server: { url, ca: [server.ca, proxyCa] }, proxy });
    expect(await trusting.ask('/a')).toMatchObject({ status: 200 });
    expect(proxy.received).toEqual([`CONNECT ${new URL(url).host}`]);
    const wary = clientOf({ server: { url, ca: server.ca }, proxy });
    await expect(wary.ask()).rejects.toThrow(
      /the proxy https:\S+ gave no connection .*certificate/,
    );
  });

  test('is not asked for a server without TLS, which is on this machine', async () => {
    const server = await startServer(() => ({ body: 'good' }));
    const proxy = await startProxy();
    const { ask } = clientOf({ server: { url: server.url, ca: Buffer.of() }, proxy });
    expect(await ask('/a')).toMatchObject({ status: 200, text: 'good' });
    expect(proxy.received).toEqual([]);
    await server.close();
  });
});

describe('a proxy in trouble', () => {
  const troubles: readonly (readonly [Manner, RegExp])[] = [
    [{ status: 403, reason: 'Forbidden' }, /answered 403 \(Forbidden\) to CONNECT .*noProxy/],
    [
      { status: 407, reason: 'Proxy Authentication Required' },
      /answered 407 .*user name and password, which are not supported/,
    ],
    [
      { status: 502, reason: 'Bad Gateway', headers: 'X-Squid-Error: ERR_DNS_FAIL 0\r\n' },
      /answered 502 \(Bad Gateway, ERR_DNS_FAIL 0\)/,
    ],
    ['says nothing', /did not answer CONNECT localhost:\d+ within 1 s/],
    ['resets', /gave no connection to localhost:\d+: socket hang up/],
    ['says something else', /gave no connection to localhost:\d+: Parse Error/],
    ['connects and says nothing more', /did not agree on TLS within 1 s/],
  ];

  test.each(troubles)('%j is named', async (manner, sentence) => {
    const { server, proxy, ask } = await stage(manner);
    const failed = ask().catch((error: unknown) => error);
    const error = (await failed) as Error;
    expect(error.name).toBe('ProxyError');
    expect(error.message).toContain(`the proxy ${proxy.url} `);
    expect(error.message).toMatch(sentence);
    expect(server.received).toEqual([]);
  });

  test.each(troubles)('%j is over for the next call when the proxy is well', async (manner) => {
    const { server, proxy, ask } = await stage(manner);
    // As many as may be under way at once, so that one that is never given back would be missed.
    await Promise.allSettled(Array.from({ length: 4 }, async () => ask()));
    proxy.manner = 'passes on';
    const answers = await Promise.all(Array.from({ length: 4 }, async () => ask()));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(server.received).toHaveLength(4);
  });

  test('a call that is given up first ends with the reason it was given up for', async () => {
    const { ask } = await stage('says nothing');
    const signal = AbortSignal.abort(new Error('the pass is over'));
    await expect(ask('/', [signal])).rejects.toThrow('the pass is over');
  });

  test('no proxy where there should be one is named', async () => {
    const server = await tlsServer({ speaks: 'both' });
    const closed = createServer().listen(0, '127.0.0.1');
    const { port } = await new Promise<{ port: number }>((resolve) => {
      closed.on('listening', () => resolve(closed.address() as { port: number }));
    });
    await new Promise((resolve) => {
      closed.close(resolve);
    });
    const { ask } = clientOf({ server, proxy: { url: `http://127.0.0.1:${port}` } });
    await expect(ask()).rejects.toThrow(/the proxy http:\S+ gave no connection .*ECONNREFUSED/);
  });

  test('a certificate that nobody here signed is told as the way it came', async () => {
    const { server, proxy } = await stage('passes on');
    const { ask } = clientOf({ server: { url: server.url, ca: Buffer.of() }, proxy });
    await expect(ask()).rejects.toThrow(
      /through the proxy .*, TLS with localhost:\d+ failed: .*certificate.*; the authority .* is missing in caCertificates/,
    );
  });
});

describe("AWS's own client", () => {
  function describeGroups(
    server: { readonly url: string; readonly ca: Buffer },
    proxy: TestProxy,
    limitMs = 30_000,
  ) {
    const client = new AutoScalingClient({
      endpoint: server.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'A', secretAccessKey: 'not-a-secret' },
      requestHandler: {
        connectionTimeout: 60_000,
        httpsAgent: tunnelAgent(
          { url: proxy.url, noProxy: [] },
          { connections: 2, ca: server.ca, limitMs },
        ),
      },
    });
    return client.send(new DescribeAutoScalingGroupsCommand({}));
  }

  const GROUPS =
    '<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">' +
    '<DescribeAutoScalingGroupsResult><AutoScalingGroups/></DescribeAutoScalingGroupsResult>' +
    '</DescribeAutoScalingGroupsResponse>';

  test('calls through the proxy', async () => {
    const { server, proxy } = await stage('passes on', {
      speaks: 'HTTP/1.1',
      answer: (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/xml' }).end(GROUPS),
    });
    expect(await describeGroups(server, proxy)).toMatchObject({ AutoScalingGroups: [] });
    expect(proxy.received).toEqual([`CONNECT ${new URL(server.url).host}`]);
  });

  test('tries again what may pass, and tells the name of the proxy', async () => {
    const { server, proxy } = await stage('says nothing');
    await expect(describeGroups(server, proxy, 1_000)).rejects.toThrow(
      `the proxy ${proxy.url} did not answer`,
    );
    expect(proxy.received).toHaveLength(3);
  });

  test('asks once a proxy that refuses', async () => {
    const { server, proxy } = await stage({ status: 403, reason: 'Forbidden' });
    await expect(describeGroups(server, proxy)).rejects.toThrow(/the proxy .* answered 403/);
    expect(proxy.received).toHaveLength(1);
  });
});
