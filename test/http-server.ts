/** A real HTTP server on loopback for one test, which answers as the test says and keeps what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening } from '../simulator/emulators/server.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Closes the connection after the body, whatever length was announced. */
  readonly cut?: boolean;
  /** Sends the body and no end of it, and calls this once it is sent. */
  readonly stalled?: () => void;
}

/** `hang` never answers; `reset` closes the connection without an answer. */
export type Answer = Reply | 'hang' | 'reset';

export interface TestServer {
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

export async function startServer(
  answer: (request: Received) => Answer | Promise<Answer>,
): Promise<TestServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void respond(request, response);
  });

  async function respond(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', 'http://localhost');
    let body = '';
    for await (const part of request) body += String(part);
    const asked: Received = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
    };
    received.push(asked);
    const reply = await answer(asked);
    if (reply === 'hang') return;
    if (reply === 'reset') {
      request.socket.destroy();
      return;
    }
    response.writeHead(reply.status ?? 200, reply.headers);
    if (reply.cut === true) {
      response.write(reply.body ?? '', () => request.socket.destroy());
      return;
    }
    if (reply.stalled !== undefined) {
      response.write(reply.body ?? '', reply.stalled);
      return;
    }
    response.end(reply.body ?? '');
  }

  return { ...(await listening(server)), received };
}
