/** One HTTP/2 connection, and the calls that share it. */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
} from 'node:http2';
import { isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { errorFacts } from '../contract/error-facts.ts';
import type { HttpAnswer, HttpRequest, Route } from './http-call.ts';

export interface Http2Options extends Route {
  /** A connection that is not made within so many milliseconds is given up. Default: 4 s. */
  readonly connectMs?: number;
  /** A connection that was idle, and is used again and sends nothing for so long, is dead. Default: 1 s. */
  readonly quietMs?: number;
}

export type Asked =
  | { readonly answer: HttpAnswer }
  /** The call ended before a word of its answer had come. */
  | { readonly lost: Error; readonly why: 'refused' | 'wants HTTP/1.1' | 'unknown' };

const WHY = new Map([
  [constants.NGHTTP2_REFUSED_STREAM, 'refused'],
  [constants.NGHTTP2_HTTP_1_1_REQUIRED, 'wants HTTP/1.1'],
] as const);

export class Http2Connection {
  private readonly session: ClientHttp2Session;
  private readonly quietMs: number;
  private silence: NodeJS.Timeout | undefined;
  private calls = 0;
  private isNew = true;

  /**
   * @returns undefined where the server chose HTTP/1.1 in the TLS handshake
   * @throws what TLS or the network said
   */
  static async to(origin: URL, options: Http2Options): Promise<Http2Connection | undefined> {
    const { connectMs = 4_000, ca } = options;
    const host = origin.hostname.replace(/^\[|\]$/g, '');
    const socket = connectTls({
      host,
      port: Number(origin.port || 443),
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    const limit = setTimeout(
      () => socket.destroy(new Error(`no connection within ${connectMs} ms`)),
      connectMs,
    );
    try {
      await once(socket, 'secureConnect');
    } finally {
      clearTimeout(limit);
    }
    if (socket.alpnProtocol === 'h2') {
      const settings = { enablePush: false };
      const session = connectHttp2(origin, { createConnection: () => socket, settings });
      return new Http2Connection(session, options);
    }
    socket.destroy();
    return undefined;
  }

  private constructor(session: ClientHttp2Session, { quietMs = 1_000 }: Http2Options) {
    this.session = session;
    this.quietMs = quietMs;
    // The calls report what went wrong; a connection that ends between two of them is no trouble.
    session.on('error', () => undefined);
    session.unref();
  }

  /** As far as is known. After the server's GOAWAY it is not, though calls under way may still be answered. */
  get isUsable(): boolean {
    return !this.session.closed && !this.session.destroyed;
  }

  /** Rejects only with the reason of a signal, or when an answer breaks off. */
  async ask(
    url: URL,
    { method = 'GET', body, headers, signals, limit }: HttpRequest,
  ): Promise<Asked> {
    let stream: ClientHttp2Stream;
    try {
      stream = this.session.request(
        { ...headers, ':method': method, ':path': `${url.pathname}${url.search}` },
        { endStream: body === undefined },
      );
    } catch (cause) {
      // The connection has ended a moment ago.
      return { lost: new Error(errorFacts(cause).message, { cause }), why: 'refused' };
    }
    if (body !== undefined) stream.end(body);
    this.begin();
    return new Promise((resolve, reject) => {
      let answered: HttpAnswer['headers'] | undefined;
      let error: Error | undefined;
      const parts: Buffer[] = [];
      let size = 0;

      let ended = false;
      const end = (settle: () => void) => {
        if (ended) return;
        ended = true;
        for (const signal of signals) signal.removeEventListener('abort', abort);
        this.end();
        settle();
      };
      const abort = () => {
        const reason: unknown = signals.find(({ aborted }) => aborted)?.reason;
        end(() => reject(reason));
        stream.close(constants.NGHTTP2_CANCEL);
        // It may have been given up because the connection is dead, and the next one must not wait as long.
        if (this.calls > 0) this.probe();
      };
      const done = () => {
        const text = Buffer.concat(parts).toString('utf8', 0, limit);
        const status = Number(answered?.[':status']);
        end(() => resolve({ answer: { status, headers: answered ?? {}, text } }));
      };
      stream.on('response', (received) => {
        answered = received;
        this.hears();
      });
      stream.on('data', (part: Buffer) => {
        parts.push(part);
        size += part.byteLength;
        if (size <= limit) return;
        done();
        stream.close(constants.NGHTTP2_CANCEL);
      });
      stream.on('error', (cause) => (error = cause));
      // Not at the end of the data, which also comes when an answer breaks off.
      stream.on('close', () => {
        const { rstCode: code } = stream;
        const lost = error ?? new Error(`the HTTP/2 call ended before its answer (code ${code})`);
        if (answered === undefined) end(() => resolve({ lost, why: WHY.get(code) ?? 'unknown' }));
        else if (code === constants.NGHTTP2_NO_ERROR && stream.readableEnded) done();
        else end(() => reject(lost));
      });
      for (const signal of signals) signal.addEventListener('abort', abort);
    });
  }

  /**
   * Over a connection that was idle a ping goes with the first call: the function may have been frozen for
   * minutes since, and what lies between may have forgotten the connection without a word.
   */
  private begin(): void {
    this.calls += 1;
    if (this.calls > 1) return;
    this.session.ref();
    if (this.isNew) this.isNew = false;
    else this.probe();
  }

  private probe(): void {
    if (this.silence !== undefined || !this.isUsable) return;
    this.silence = setTimeout(() => {
      // After a freeze, or short of processor time, the timer may be due before what came meanwhile has
      // been read. That is read first.
      setImmediate(() => {
        if (this.silence === undefined) return;
        this.session.destroy(new Error(`the connection was silent for ${this.quietMs} ms`));
      });
    }, this.quietMs);
    this.session.ping(() => this.hears());
  }

  private end(): void {
    this.calls -= 1;
    if (this.calls > 0) return;
    this.hears();
    this.session.unref();
  }

  private hears(): void {
    clearTimeout(this.silence);
    this.silence = undefined;
  }
}
