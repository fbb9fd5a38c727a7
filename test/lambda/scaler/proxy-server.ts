/** An HTTP proxy on loopback that does as it is told, and keeps what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What it does with CONNECT: an answer of this status, or a way to fail. */
export type Manner =
  | { readonly status: number; readonly reason: string; readonly headers?: string }
  | 'passes on'
  | 'passes on in single bytes'
  | 'says nothing'
  | 'resets'
  | 'says something else'
  | 'connects and says nothing more';

export interface TestProxy {
  readonly url: string;
  /** Method and target of each request. */
  readonly received: readonly string[];
  manner: Manner;
}

const closing: (() => Promise<void>)[] = [];

/** Ends what the last test began. */
export async function closeProxies(): Promise<void> {
  for (const close of closing.splice(0)) await close();
}

/** @param identity with which it is itself reached over TLS; default: it is reached without */
export async function startProxy(
  manner: Manner = 'passes on',
  identity?: { readonly cert: Buffer; readonly key: Buffer },
): Promise<TestProxy> {
  const received: string[] = [];
  const sockets = new Set<Duplex>();
  const refuse = (asked: IncomingMessage, response: ServerResponse) => {
    received.push(`${asked.method} ${asked.url}`);
    response.writeHead(405).end();
  };
  const server: Server = identity ? createHttpsServer(identity, refuse) : createServer(refuse);
  const proxy: TestProxy = { url: '', received, manner };
  server.on('connection', (socket: Socket) => keep(socket));
  server.on('connect', (asked: IncomingMessage, client: Duplex) => {
    received.push(`CONNECT ${asked.url}`);
    client.on('error', () => undefined);
    answer(asked, client);
  });

  function answer(asked: IncomingMessage, client: Duplex): void {
    const { manner } = proxy;
    if (typeof manner === 'object') {
      client.end(
        `HTTP/1.1 ${manner.status} ${manner.reason}\r\n${manner.headers ?? ''}\r\n<html>no</html>`,
      );
      return;
    }
    if (manner === 'says nothing') return;
    if (manner === 'resets') {
      client.destroy();
      return;
    }
    if (manner === 'says something else') {
      client.end('220 mail.example.com ESMTP\r\n');
      return;
    }
    if (manner === 'connects and says nothing more') {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      return;
    }
    // Whatever the name, it is this machine.
    const onward = keep(connect(Number(asked.url?.split(':').at(-1)), '127.0.0.1'));
    onward.on('error', () => client.destroy());
    onward.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(onward);
      if (manner === 'passes on') onward.pipe(client);
      else
        onward.on('data', (part: Buffer) => part.forEach((byte) => client.write(Buffer.of(byte))));
    });
  }

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    return socket;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  const url = identity ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  return Object.assign(proxy, { url });
}
