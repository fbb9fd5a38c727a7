/** A server on loopback with a certificate of its own, which speaks HTTP/2, HTTP/1.1 or both. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type Settings,
} from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority } from '../../../machine/authority.ts';

export type Speaks = 'HTTP/2' | 'HTTP/1.1' | 'both';

export interface TlsServer {
  readonly url: string;
  readonly ca: Buffer;
  /** HTTP version and path of each request. */
  readonly received: readonly string[];
  /** Every HTTP/2 connection that was ever made. */
  readonly sessions: readonly ServerHttp2Session[];
  /** TCP connections that were ever made. */
  connections(): number;
  /** What is sent from now on over the connections made so far never arrives; the next ones work. */
  swallow(): void;
  /** Nothing that is sent over connections made from now on arrives. */
  hang(): void;
  /** Ends all connections at once, as a server does that starts anew. */
  cut(): void;
}

export interface TlsOptions {
  readonly speaks: Speaks;
  readonly settings?: Settings;
  readonly answer?: (
    request: Http2ServerRequest | IncomingMessage,
    response: Http2ServerResponse & ServerResponse,
  ) => void;
}

const closing: (() => Promise<void>)[] = [];
const folder = mkdtempSync(join(tmpdir(), 'tls-server-'));
const { certificate, server: identity } = makeAuthority(folder, [
  'localhost',
  'gitlab.corp.example',
]);
const ca = readFileSync(certificate);
rmSync(folder, { recursive: true });

/** Ends what the last test began. */
export async function closeServers(): Promise<void> {
  for (const close of closing.splice(0)) await close();
}

export async function tlsServer({ speaks, settings, answer }: TlsOptions): Promise<TlsServer> {
  const received: string[] = [];
  const sessions: ServerHttp2Session[] = [];
  const respond = (
    request: Http2ServerRequest | IncomingMessage,
    response: Http2ServerResponse | ServerResponse,
  ) => {
    received.push(`${request.httpVersion} ${request.url}`);
    const both = response as Http2ServerResponse & ServerResponse;
    if (answer === undefined) both.end('good');
    else answer(request, both);
  };
  const server =
    speaks === 'HTTP/1.1'
      ? createHttpsServer(identity, respond)
      : createSecureServer(
          { ...identity, allowHTTP1: speaks === 'both', ...(settings && { settings }) },
          respond,
        ).on('session', (session) => sessions.push(session));
  const behind = await listen(server);

  // What a network does is done by what lies between.
  let hangs = false;
  const pairs: (readonly [Socket, Socket])[] = [];
  const between = createServer((client) => {
    const upstream = connect(behind, '127.0.0.1');
    for (const socket of [client, upstream]) socket.setNoDelay().on('error', () => undefined);
    if (!hangs) client.pipe(upstream).pipe(client);
    pairs.push([client, upstream]);
  });
  const port = await listen(between);
  const cut = () => pairs.flat().forEach((socket) => socket.destroy());
  closing.push(async () => {
    cut();
    for (const session of sessions) session.destroy();
    await Promise.all([close(between), close(server)]);
  });
  return {
    url: `https://localhost:${port}`,
    ca,
    received,
    sessions,
    connections: () => pairs.length,
    swallow: () => {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream);
        client.resume();
      }
    },
    hang: () => (hangs = true),
    cut,
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
  });
}
