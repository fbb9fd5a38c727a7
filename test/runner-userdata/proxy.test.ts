/** A proxy on the machine itself may fetch the metadata for jobs: what it says to the question whether it does. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { PassThrough, type Duplex } from 'node:stream';
import { renderScript } from '../../runner-userdata/linux/render.ts';
import { OPTIONS } from './machine.ts';

jest.setTimeout(60_000);

const INSTANCE = 'i-0123456789abcdef0';
const TOKEN = 'AQAEAtoken==';

/** What the proxy does with a request: an answer, the connection's end, the metadata, or an answer of the metadata. */
type Word =
  | 'fetches what says its length'
  | number
  | 'resets'
  | 'says nothing'
  | 'fetches'
  | 'shows a page'
  | `tunnel, then ${number}`;

interface Plan {
  /** Of the requests it gets, plain or as a tunnel; the last counts for all that follow. */
  readonly plain: readonly Word[];
  readonly tunnel: readonly Word[];
  /** Of requests for other addresses than the first. Default: the same. */
  readonly others?: Word;
}

const REFUSES: Plan = { plain: [403], tunnel: [403] };

let plan = REFUSES;
let asked: string[] = [];
let metadata: Server;
let proxy: Server;
const sockets = new Set<Socket>();

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** The word for a request, by how many of its kind came before it. */
function wordFor(kind: 'plain' | 'tunnel', host: string): Word {
  const words = plan[kind];
  const word = words[asked.filter((line) => line.startsWith(kind)).length] ?? words.at(-1);
  asked.push(`${kind} ${host}`);
  const isFirst = host.startsWith('127.0.0.1');
  if (word === undefined) throw new Error(`the plan says nothing of ${kind}`);
  return isFirst ? word : (plan.others ?? word);
}

function textOf(path = '', page = false): string {
  if (page) return '<html>not\nhere</html>';
  return path.endsWith('/token') ? TOKEN : INSTANCE;
}

/** Answers the request of a client that believes itself connected to the metadata. */
function answerIn(tunnel: Duplex, status: number): void {
  tunnel.once('data', () => tunnel.end(`HTTP/1.1 ${status} Said\r\nContent-Length: 0\r\n\r\n`));
}

async function started(server: Server): Promise<Server> {
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

beforeEach(async () => {
  asked = [];
  metadata = await started(createServer((request, response) => response.end(textOf(request.url))));
  proxy = createServer((request, response) => {
    const word = wordFor('plain', new URL(request.url ?? '').host);
    const { method, headers } = request;
    if (word === 'resets') request.socket.resetAndDestroy();
    else if (
      word === 'fetches what says its length' &&
      method === 'PUT' &&
      !headers['content-length']
    )
      response.writeHead(411).end();
    else if (word === 'says nothing') request.socket.end();
    else if (typeof word === 'number') response.writeHead(word).end();
    else response.end(textOf(request.url, word === 'shows a page'));
  });
  proxy.on('connect', (request, socket: Socket) => {
    const word = wordFor('tunnel', request.url ?? '');
    if (word === 'resets') socket.resetAndDestroy();
    else if (word === 'says nothing') socket.end();
    else if (typeof word === 'number') socket.end(`HTTP/1.1 ${word} Said\r\n\r\n`);
    else {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (word.startsWith('tunnel')) answerIn(socket, Number(word.split(' ').at(-1)));
      else {
        const far = connect(portOf(metadata), '127.0.0.1');
        sockets.add(far);
        far.on('error', () => undefined);
        socket.pipe(new PassThrough()).pipe(far).pipe(socket);
      }
    }
  });
  await started(proxy);
});

afterEach(() => {
  for (const server of [metadata, proxy]) server.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

/** Asks the proxy as a machine does, without pauses; the result is what the machine says of it. */
async function proof(
  host = '127.0.0.1',
  others: readonly string[] = [],
): Promise<{ status: number; said: string }> {
  const script = renderScript({
    ...OPTIONS,
    proxy: { url: `http://${host}:${portOf(proxy)}`, noProxy: [] },
  }).replace(/^case \$\{1[^]*$/m, '');
  const words = `${script}
INSTANCE_ID=${INSTANCE}
IMDS_URL=http://127.0.0.1:${portOf(metadata)}
OTHER_METADATA_URLS=(${others.join(' ')})
pause() { :; }
hostname() { echo 192.0.2.7; }
prove_proxy`;
  return new Promise((resolve) => {
    execFile('bash', ['-c', words], (error, _, said) => {
      resolve({ status: Number(error?.code ?? 0), said });
    });
  });
}

const FETCHES = expect.stringContaining(
  'fetches the metadata of this machine from http://',
) as unknown as string;
const UNKNOWN = expect.stringContaining(
  'may fetch the metadata of this machine, to which it gave no clear answer',
) as unknown as string;

describe('a proxy on the machine passes', () => {
  test.each<[string, Plan]>([
    ['refuses both ways', REFUSES],
    ['knows no tunnels and no such page', { plain: [404], tunnel: [405] }],
    ['sends people to a page of its own', { plain: [302], tunnel: [403] }],
    ['opens a tunnel, and refuses in it', { plain: [403], tunnel: ['tunnel, then 403'] }],
    [
      'hangs up on its first requests',
      { plain: ['resets', 403], tunnel: ['resets', 'says nothing', 403] },
    ],
    ['is asked too often at first', { plain: [429, 403], tunnel: [403] }],
    ['is refused by the firewall, and says so each time', { plain: [502], tunnel: [503] }],
    ['shows the same page each time', { plain: ['shows a page'], tunnel: [403] }],
  ])('that %s', async (_, words) => {
    plan = words;
    expect(await proof()).toEqual({ status: 0, said: expect.not.stringContaining('error') });
  });

  test('at once, when it refuses clearly', async () => {
    plan = REFUSES;
    await proof();
    expect(asked.map((line) => line.split(' ')[0])).toEqual(['plain', 'tunnel']);
  });
});

describe('a proxy on the machine ends the boot', () => {
  test.each<[string, Plan]>([
    ['fetches', { plain: ['fetches'], tunnel: [403] }],
    ['fetches what says its length', { plain: ['fetches what says its length'], tunnel: [403] }],
    ['fetches by a tunnel only', { plain: [403], tunnel: ['fetches'] }],
    [
      'resets its first tunnels and serves the next',
      { plain: [403], tunnel: ['resets', 'resets', 'fetches'] },
    ],
    [
      'resets its first request and serves the next',
      { plain: ['resets', 'fetches'], tunnel: [403] },
    ],
    ['ends its first tunnel without a word', { plain: [403], tunnel: ['says nothing', 'fetches'] }],
    ['cannot reach it twice, and then can', { plain: [403], tunnel: [502, 503, 'fetches'] }],
    [
      'opens a tunnel, and has no time in it at first',
      { plain: [403], tunnel: ['tunnel, then 503', 'fetches'] },
    ],
  ])('that %s', async (_, words) => {
    plan = words;
    expect(await proof()).toEqual({ status: 1, said: FETCHES });
  });

  test.each<[string, Plan]>([
    ['resets every tunnel', { plain: [403], tunnel: ['resets'] }],
    ['never says a word', { plain: ['says nothing'], tunnel: [403] }],
    ['is always asked too often', { plain: [403], tunnel: ['tunnel, then 429'] }],
  ])('that %s: it is not known whether it would', async (_, words) => {
    plan = words;
    expect(await proof()).toEqual({ status: 1, said: UNKNOWN });
  });

  test('that refuses one address, and fetches from another by which the machine has its metadata', async () => {
    plan = { ...REFUSES, others: 'fetches' };
    const other = `http://localhost:${portOf(metadata)}`;
    expect(await proof('127.0.0.1', ['http://127.0.0.1:1', other])).toEqual({
      status: 1,
      said: expect.stringContaining(`fetches the metadata of this machine from ${other},`),
    });
    // Nobody asks it for what the machine itself does not reach.
    expect(asked.filter((line) => line.includes('127.0.0.1:1/'))).toEqual([]);
  });

  test.each(['127.0.0.1', 'localhost'])(
    'by whatever name the config calls it: %s',
    async (host) => {
      plan = { plain: ['fetches'], tunnel: ['fetches'] };
      expect(await proof(host)).toEqual({ status: 1, said: FETCHES });
    },
  );
});

test('a proxy on another computer is not asked', async () => {
  expect(await proof('192.0.2.9')).toEqual({ status: 0, said: '' });
});
