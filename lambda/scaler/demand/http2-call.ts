/**
 * Calls over HTTP/2 where a server offers it in the TLS handshake, else over HTTP/1.1. With one connection in place
 * of a hundred, a function's first pass over 100 classes takes two thirds of the time; a later one takes as long
 * (see `npm run bench`).
 */
import { isProxied } from '../contract/proxy.ts';
import { type HttpCall, httpClient } from './http-call.ts';
import { Http2Connection, type Http2Options } from './http2-connection.ts';

/**
 * A client that keeps its connections: one to a server that speaks HTTP/2, at most `connections` to another, or to one
 * behind a proxy, which is spoken to over HTTP/1.1.
 */
export function http2Client(connections: number, options: Http2Options = {}): HttpCall {
  const http1 = httpClient(connections, options);
  const servers = new Map<string, Server>();
  const { proxy } = options;
  const goesThroughProxy = (host: string) => proxy !== undefined && isProxied(proxy, host);

  return async (url, asked) => {
    if (url.protocol !== 'https:' || goesThroughProxy(url.hostname)) return http1(url, asked);
    const known = servers.get(url.origin);
    const server = known ?? new Server(url, options);
    if (known === undefined) servers.set(url.origin, server);
    for (let attempt = 1; ; attempt += 1) {
      asked.signals.forEach((signal) => signal.throwIfAborted());
      const connection = server.ready ?? (await unlessAborted(server.open(), asked.signals));
      if (connection === undefined) return http1(url, asked);
      const result = await connection.ask(url, asked);
      if ('answer' in result) {
        server.hasAnswered = true;
        return result.answer;
      }
      server.lost(result.why, attempt);
      // To ask a second time changes nothing, and goes over a new connection if that one has ended.
      if (attempt > 1) throw result.lost;
    }
  };
}

/** What is known of one server. */
class Server {
  hasAnswered = false;
  private readonly origin: URL;
  private readonly options: Http2Options;
  private connection: Http2Connection | undefined;
  private opening: Promise<Http2Connection | undefined> | undefined;
  private onlyHttp1 = false;

  constructor(origin: URL, options: Http2Options) {
    this.origin = origin;
    this.options = options;
  }

  get ready(): Http2Connection | undefined {
    return this.connection?.isUsable && !this.onlyHttp1 ? this.connection : undefined;
  }

  /** Undefined once the server is known to speak HTTP/1.1 only; the same promise for all who ask meanwhile. */
  async open(): Promise<Http2Connection | undefined> {
    if (this.onlyHttp1) return undefined;
    this.opening ??= Http2Connection.to(this.origin, this.options)
      .then((connection) => {
        this.connection = connection;
        this.onlyHttp1 = connection === undefined;
        return connection;
      })
      .finally(() => (this.opening = undefined));
    return this.opening;
  }

  /** Where not one call was ever answered, HTTP/2 itself may be what is wrong. */
  lost(why: 'refused' | 'wants HTTP/1.1' | 'unknown', attempt: number): void {
    if (why === 'wants HTTP/1.1') this.onlyHttp1 = true;
    if (why === 'unknown' && attempt > 1) this.onlyHttp1 ||= !this.hasAnswered;
  }
}

async function unlessAborted<T>(work: Promise<T>, signals: readonly AbortSignal[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      for (const signal of signals) signal.removeEventListener('abort', abort);
      settle();
    };
    const abort = () => end(() => reject(signals.find(({ aborted }) => aborted)?.reason));
    for (const signal of signals) signal.addEventListener('abort', abort);
    work.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    );
  });
}
