/**
 * One call over Node's own HTTP client. `fetch` would do, but with a thousand classes it costs several
 * times the processor time and memory of a call (see `npm run bench`), and it follows redirects.
 */
import { Agent as HttpAgent, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { ProxySettings } from '../contract/proxy.ts';
import { tunnelAgent } from '../proxy-tunnel.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface HttpRequest {
  /** Default: GET. */
  readonly method?: 'GET' | 'POST' | undefined;
  /** Default: none. */
  readonly body?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Each ends the call when it aborts; the promise then rejects with its reason. */
  readonly signals: readonly AbortSignal[];
  /** Bytes of the body that are read; what is beyond is never waited for. */
  readonly limit: number;
}

/** Redirects are answers like any other: nobody follows them, so headers go nowhere else. */
export type HttpCall = (url: URL, request: HttpRequest) => Promise<HttpAnswer>;

export interface Route {
  /** Certificate authorities that are trusted in place of the well-known ones. */
  readonly ca?: ConnectionOptions['ca'];
  /** Through which a server is called over https; over http only what is on this machine is called. Default: none. */
  readonly proxy?: ProxySettings | undefined;
  /** A tunnel through the proxy that is not open within so many milliseconds is given up. */
  readonly tunnelMs?: number;
}

/** A client that keeps its connections, at most `connections` to one host. */
export function httpClient(connections: number, route: Route = {}): HttpCall {
  const { ca, proxy, tunnelMs } = route;
  const settings = { keepAlive: true, maxSockets: connections };
  const trust = { ...(ca !== undefined && { ca }) };
  const http = new HttpAgent(settings);
  const https =
    proxy === undefined
      ? new HttpsAgent({ ...settings, ...trust })
      : tunnelAgent(proxy, {
          connections,
          ...trust,
          ...(tunnelMs !== undefined && { limitMs: tunnelMs }),
        });
  return async (url, { method = 'GET', body, headers, signals, limit }) =>
    new Promise((resolve, reject) => {
      const call =
        url.protocol === 'https:'
          ? httpsRequest(url, { method, agent: https, headers })
          : httpRequest(url, { method, agent: http, headers });
      const end = (settle: () => void) => {
        for (const signal of signals) signal.removeEventListener('abort', abort);
        settle();
      };
      const abort = () => {
        const reason: unknown = signals.find(({ aborted }) => aborted)?.reason;
        end(() => reject(reason));
        call.destroy();
      };
      call.on('error', (error) => end(() => reject(error)));
      call.on('response', (response) => {
        const { statusCode: status = 0, headers: answered } = response;
        const parts: Buffer[] = [];
        let size = 0;
        const done = () => {
          const text = Buffer.concat(parts).toString('utf8', 0, limit);
          end(() => resolve({ status, headers: answered, text }));
        };
        response.on('data', (part: Buffer) => {
          parts.push(part);
          size += part.byteLength;
          if (size <= limit) return;
          done();
          call.destroy();
        });
        response.on('end', done);
        response.on('error', (error) => end(() => reject(error)));
      });
      if (signals.some(({ aborted }) => aborted)) {
        abort();
        return;
      }
      for (const signal of signals) signal.addEventListener('abort', abort);
      call.end(body);
    });
}
