import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { constants } from 'node:http2';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HttpCall } from '../../../../lambda/scaler/demand/http-call.ts';
import { http2Client } from '../../../../lambda/scaler/demand/http2-call.ts';
import type { Http2Options } from '../../../../lambda/scaler/demand/http2-connection.ts';
import { closeServers, tlsServer, type TlsOptions, type TlsServer } from './tls-server.ts';

afterEach(closeServers);

async function stage(options: TlsOptions, times: Http2Options = {}) {
  const server = await tlsServer(options);
  const get = http2Client(4, { ca: server.ca, ...times });
  return { server, get, ask: async (path = '/') => asking(get, server, path) };
}

async function asking(
  get: HttpCall,
  { url }: TlsServer,
  path: string,
  signals: AbortSignal[] = [],
) {
  return get(new URL(path, url), { headers: { 'circle-token': 't' }, signals, limit: 1_000 });
}

async function several(ask: (path: string) => Promise<{ readonly text: string }>, count: number) {
  return Promise.all(Array.from({ length: count }, async (_, index) => ask(`/${index}`)));
}

describe('a server that offers HTTP/2', () => {
  test.each(['HTTP/2', 'both'] as const)(
    'takes all calls over one connection: %s',
    async (speaks) => {
      const { server, ask } = await stage({ speaks });

      await several(ask, 20);
      await ask('/later?resource-class=acme%2Flinux');

      expect(server.connections()).toBe(1);
      expect(server.received).toHaveLength(21);
      expect(server.received).toContain('2.0 /later?resource-class=acme%2Flinux');
    },
  );

  test('gives status, headers and text; is given the headers', async () => {
    const { ask } = await stage({
      speaks: 'HTTP/2',
      answer: ({ headers }, response) => {
        response.writeHead(429, { 'retry-after': '7' });
        response.end([headers['circle-token'], headers[':authority']].join(' '));
      },
    });

    const answer = await ask();
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
    expect(answer.text).toMatch(/^t localhost:\d+$/);
  });

  test.each(['HTTP/2', 'HTTP/1.1'] as const)('is sent a method and a body: %s', async (speaks) => {
    const { server, get } = await stage({
      speaks,
      answer: (request, response) => {
        let body = '';
        request.on('data', (part: Buffer) => (body += part.toString()));
        request.on('end', () => response.end(`${request.method} ${body}`));
      },
    });
    const body = '{"query":"Größe"}';
    const asked = { method: 'POST', body, headers: {}, signals: [], limit: 1_000 } as const;
    expect((await get(new URL('/graphql', server.url), asked)).text).toBe(`POST ${body}`);
  });

  test('has no more calls under way than it allows', async () => {
    let underWay = 0;
    let most = 0;
    const { server, ask } = await stage({
      speaks: 'HTTP/2',
      settings: { maxConcurrentStreams: 3 },
      answer: (_, response) => {
        underWay += 1;
        most = Math.max(most, underWay);
        setImmediate(() => {
          underWay -= 1;
          response.end('good');
        });
      },
    });
    await ask('/so that its settings have come');

    expect(await several(ask, 30)).toHaveLength(30);
    expect(most).toBeLessThanOrEqual(3);
    expect(server.connections()).toBe(1);
  });

  test('is read no further than the limit, and keeps the connection', async () => {
    const { server, ask } = await stage({
      speaks: 'HTTP/2',
      answer: (_, response) => void response.write('x'.repeat(5_000)),
    });

    expect((await ask()).text).toBe('x'.repeat(1_000));
    expect((await ask()).text).toBe('x'.repeat(1_000));
    expect(server.connections()).toBe(1);
  });

  test('fails a call whose answer breaks off', async () => {
    const { server, ask } = await stage({
      speaks: 'HTTP/2',
      answer: (_, response) => void response.write('goo', () => response.stream.session?.destroy()),
    });

    await expect(ask()).rejects.toThrow('HTTP/2');
    expect(server.received).toHaveLength(1);
  });

  test('fails a call whose answer it takes back', async () => {
    const { server, ask } = await stage({
      speaks: 'HTTP/2',
      answer: (_, response) =>
        void response.write('goo', () => response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)),
    });

    await expect(ask()).rejects.toThrow('INTERNAL_ERROR');
    expect(server.received).toHaveLength(1);
  });
});

describe('a connection that ends', () => {
  test('between two calls is made anew', async () => {
    const { server, ask } = await stage({ speaks: 'HTTP/2' });
    await ask();
    server.cut();

    await several(ask, 5);
    expect(server.connections()).toBe(2);
  });

  test('under calls is made anew once, and each is asked a second time', async () => {
    let cut: (() => void) | undefined;
    const { server, ask } = await stage({
      speaks: 'HTTP/2',
      answer: ({ url }, response) => {
        if (url === '/4' && cut !== undefined) {
          cut();
          cut = undefined;
        } else if (cut === undefined) response.end('good');
      },
    });
    await ask('/first');
    cut = () => server.cut();

    expect((await several(ask, 5)).map(({ text }) => text)).toEqual(Array(5).fill('good'));
    expect(server.connections()).toBe(2);
    expect(server.received).toHaveLength(11);
    expect(server.received.every((each) => each.startsWith('2.0'))).toBe(true);
  });

  test('by GOAWAY still answers what it has taken; what it has not goes over the next', async () => {
    let left = 6;
    const { server, ask } = await stage({
      speaks: 'both',
      answer: (_, response) => {
        left -= 1;
        response.end('good');
        // As a server does that takes only so many calls over one connection.
        if (left === 0) server.sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR, 11);
      },
    });

    expect(await several(ask, 30)).toHaveLength(30);
    expect(server.connections()).toBe(2);
  });

  test('by GOAWAY with an error loses no call', async () => {
    const { server, ask } = await stage({
      speaks: 'HTTP/2',
      answer: (_, response) => {
        if (server.sessions.length === 2 || server.received.length === 1) response.end('good');
        else server.sessions[0]?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      },
    });
    await ask('/first');

    expect(await several(ask, 5)).toHaveLength(5);
    expect(server.connections()).toBe(2);
  });

  test('without a word is found out by a ping, and made anew', async () => {
    const { server, ask } = await stage({ speaks: 'HTTP/2' }, { quietMs: 50 });
    await ask('/before');
    server.swallow();

    expect((await ask('/after')).text).toBe('good');
    expect(server.connections()).toBe(2);
    expect(server.received).toEqual(['2.0 /before', '2.0 /after']);
  });

  test('is kept while it answers pings, however long a call takes', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const answers: (() => void)[] = [];
      const { server, ask } = await stage({
        speaks: 'HTTP/2',
        answer: ({ url }, response) => {
          if (url === '/slow') answers.push(() => response.end('good'));
          else response.end('good');
        },
      });
      await ask('/first');
      const slow = ask('/slow');
      await ask('/beside');
      jest.advanceTimersByTime(60_000);
      await nextTurn();
      answers.forEach((answer) => answer());

      expect((await slow).text).toBe('good');
      expect(server.received).toEqual(['2.0 /first', '2.0 /slow', '2.0 /beside']);
      expect(server.connections()).toBe(1);
    } finally {
      jest.useRealTimers();
    }
  });

  test('again before the second answer fails the call', async () => {
    const { server, ask } = await stage({
      speaks: 'HTTP/2',
      answer: ({ url }, response) => {
        if (url === '/first') response.end('good');
        else server.cut();
      },
    });
    await ask('/first');

    await expect(ask('/second')).rejects.toThrow(/closed|ended|destroyed/);
    expect(server.received).toEqual(['2.0 /first', '2.0 /second', '2.0 /second']);
  });
});

describe('a call that is refused', () => {
  test('is asked a second time, over the same connection', async () => {
    const { server, ask } = await stage({
      speaks: 'HTTP/2',
      answer: (_, response) => {
        if (server.received.length > 1) response.end('good');
        else response.stream.close(constants.NGHTTP2_REFUSED_STREAM);
      },
    });

    expect((await ask()).text).toBe('good');
    expect(server.connections()).toBe(1);
  });
});

describe('a server without HTTP/2', () => {
  test('is asked over HTTP/1.1, and its HTTP/2 not tried again', async () => {
    const { server, ask } = await stage({ speaks: 'HTTP/1.1' });

    await several(ask, 8);
    await several(ask, 8);

    expect(server.received).toHaveLength(16);
    expect(server.received.every((each) => each.startsWith('1.1'))).toBe(true);
    // The one that asked what it speaks, and the four it may have.
    expect(server.connections()).toBe(5);
  });

  test('that only claims to have it is asked over HTTP/1.1', async () => {
    const { server, ask } = await stage({
      speaks: 'both',
      answer: ({ httpVersion }, response) => {
        if (httpVersion === '1.1') response.end('good');
        else response.stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED);
      },
    });

    await ask('/a');
    await ask('/b');
    expect(server.received).toEqual(['2.0 /a', '1.1 /a', '1.1 /b']);
  });

  test('whose HTTP/2 never gives an answer is asked over HTTP/1.1 by the next call', async () => {
    const { server, ask } = await stage({
      speaks: 'both',
      answer: ({ httpVersion }, response) => {
        if (httpVersion === '1.1') response.end('good');
        else response.stream.session?.destroy();
      },
    });

    await expect(ask('/a')).rejects.toThrow(/closed|ended|destroyed/);
    await ask('/b');
    expect(server.received).toEqual(['2.0 /a', '2.0 /a', '1.1 /b']);
  });
});

describe('no connection', () => {
  test('fails the call with what the network said', async () => {
    const { server, get } = await stage({ speaks: 'HTTP/2' });
    await closeServers();

    await expect(asking(get, server, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('fails the call where the certificate is not trusted', async () => {
    const { server } = await stage({ speaks: 'HTTP/2' });

    await expect(asking(http2Client(4), server, '/')).rejects.toThrow('certificate');
    expect(server.received).toEqual([]);
  });

  test('is given up in time', async () => {
    const { server, ask } = await stage({ speaks: 'HTTP/2' }, { connectMs: 50 });
    server.hang();

    await expect(ask()).rejects.toThrow('no connection within 50 ms');
  });
});

describe('a signal', () => {
  test('ends the call with its reason, and leaves the connection to the others', async () => {
    const controller = new AbortController();
    const { server, get, ask } = await stage({
      speaks: 'HTTP/2',
      answer: ({ url }, response) => {
        if (url === '/hangs') controller.abort(new Error('enough'));
        else response.end('good');
      },
    });

    await expect(asking(get, server, '/hangs', [controller.signal])).rejects.toThrow('enough');
    expect((await ask()).text).toBe('good');
    expect(server.connections()).toBe(1);
  });

  test('ends a call that waits for its connection', async () => {
    const controller = new AbortController();
    const { server, get } = await stage({ speaks: 'HTTP/2' });

    const call = asking(get, server, '/', [controller.signal]);
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  test('that has aborted before lets nothing be asked', async () => {
    const { server, get, ask } = await stage({ speaks: 'HTTP/2' });
    await ask('/first');

    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(asking(get, server, '/second', [aborted])).rejects.toThrow('enough');
    await ask('/third');
    expect(server.received).toEqual(['2.0 /first', '2.0 /third']);
  });

  test('that gives up a call finds out that the connection is dead for the others', async () => {
    const controller = new AbortController();
    const { server, get, ask } = await stage(
      {
        speaks: 'HTTP/2',
        answer: (_, response) => {
          const call = server.received.length;
          if (call === 4) {
            server.swallow();
            controller.abort(new Error('enough'));
          } else if (call !== 2) response.end('good');
        },
      },
      { quietMs: 200 },
    );
    await ask('/first');
    const stays = ask('/stays');
    await ask('/beside');
    await expect(asking(get, server, '/leaves', [controller.signal])).rejects.toThrow('enough');

    expect((await stays).text).toBe('good');
    expect(server.connections()).toBe(2);
  });
});
