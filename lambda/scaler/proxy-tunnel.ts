/**
 * TLS connections through an HTTP proxy. Node's own support for proxies needs Node 24, and the agents of the registry
 * hand a proxy's refusal on as if the server had answered it, and wait without end for a proxy that says nothing.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-connect
 */
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { errorFacts } from './contract/error-facts.ts';
import { isProxied, type ProxySettings } from './contract/proxy.ts';

/** From the call of the proxy to the end of the TLS handshake with the server. */
export const TUNNEL_LIMIT_MS = 3_000;

/** The proxy, or the way to it, is what failed. The message names it. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  /** As Node and the AWS SDK know it: `ETIMEDOUT` and `ECONNRESET` are tried again. */
  readonly code: string;

  constructor(message: string, code: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

export interface TunnelOptions {
  /** Connections to one host that are kept. */
  readonly connections: number;
  /** Certificate authorities that are trusted in place of the well-known ones. */
  readonly ca?: ConnectionOptions['ca'];
  /** Default: `TUNNEL_LIMIT_MS`. */
  readonly limitMs?: number;
}

/** An agent for https whose connections go through the proxy, but for the hosts that are called directly. */
export function tunnelAgent(proxy: ProxySettings, options: TunnelOptions): HttpsAgent {
  return new TunnelAgent(proxy, options);
}

type Connected = (error: Error | null, socket: Duplex) => void;

class TunnelAgent extends HttpsAgent {
  private readonly proxy: ProxySettings;
  private readonly limitMs: number;

  constructor(proxy: ProxySettings, { connections, ca, limitMs = TUNNEL_LIMIT_MS }: TunnelOptions) {
    super({ keepAlive: true, maxSockets: connections, ...(ca !== undefined && { ca }) });
    this.proxy = proxy;
    this.limitMs = limitMs;
  }

  override createConnection(
    options: RequestOptions,
    connected?: Connected,
  ): Duplex | null | undefined {
    const host = String(options.host ?? options.hostname);
    if (!isProxied(this.proxy, host)) return super.createConnection(options, connected);
    const target = { host, port: Number(options.port ?? 443), ca: this.options.ca };
    openTunnel(this.proxy, target, this.limitMs).then(
      (socket) => connected?.(null, socket),
      // The type asks for a socket beside an error, which nobody reads.
      (error: Error) => connected?.(error, new Socket()),
    );
    return undefined;
  }
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly ca: ConnectionOptions['ca'];
}

/** @throws ProxyError, whose message names the proxy and the server */
async function openTunnel(
  { url }: ProxySettings,
  target: Target,
  limitMs: number,
): Promise<TLSSocket> {
  const authority = `${isIP(target.host) === 6 ? `[${target.host}]` : target.host}:${target.port}`;
  const seconds = `${limitMs / 1000} s`;
  return new Promise((resolve, reject) => {
    let waitingFor = `could not be reached within ${seconds}`;
    let open: { destroy(error?: Error): unknown };
    const limit = setTimeout(() => {
      fail(new ProxyError(`the proxy ${url} ${waitingFor}`, 'ETIMEDOUT'));
    }, limitMs);
    const fail = (error: ProxyError) => {
      clearTimeout(limit);
      open.destroy();
      reject(error);
    };
    const asked = connectRequest(url, authority, target.ca);
    open = asked;
    asked.on('socket', (socket) => {
      socket.once('connect', () => {
        waitingFor = `did not answer CONNECT ${authority} within ${seconds}`;
      });
    });
    asked.on('error', (cause) =>
      fail(
        new ProxyError(
          `the proxy ${url} gave no connection to ${authority}: ${errorFacts(cause).message}`,
          codeOf(cause),
          { cause },
        ),
      ),
    );
    asked.on('connect', (answer, socket, head) => {
      open = socket;
      socket.on('error', () => undefined);
      if (answer.statusCode !== 200) {
        fail(refusal(url, authority, answer));
        return;
      }
      waitingFor = `is connected to ${authority}, which did not agree on TLS within ${seconds}`;
      if (head.length > 0) socket.unshift(head);
      const secured = connectTls({
        ca: target.ca,
        socket,
        servername: serverName(target.host),
        ALPNProtocols: ['http/1.1'],
      });
      open = secured;
      const lost = (cause: Error) =>
        fail(
          new ProxyError(
            `through the proxy ${url}, TLS with ${authority} failed: ${errorFacts(cause).message}${adviceOn(cause)}`,
            codeOf(cause),
            { cause },
          ),
        );
      secured.once('error', lost);
      secured.once('secureConnect', () => {
        clearTimeout(limit);
        secured.off('error', lost);
        resolve(secured);
      });
    });
    asked.end();
  });
}

function connectRequest(url: string, authority: string, ca: ConnectionOptions['ca']) {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return (secure ? httpsRequest : httpRequest)({
    host,
    // Node would take the server's name from the header, and expect it in the proxy's certificate.
    servername: serverName(host),
    port: port || (secure ? 443 : 80),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority },
    agent: false,
    ca,
  });
}

/** TLS names no addresses. */
function serverName(host: string): string {
  return isIP(host) === 0 ? host : '';
}

const ADVICE: ReadonlyMap<number, string> = new Map([
  [403, 'its rules do not allow this host and port; allow them there, or add the host to noProxy'],
  [
    407,
    'it asks for a user name and password, which are not supported; let it admit the function by its address',
  ],
]);

function refusal(url: string, authority: string, answer: IncomingMessage): ProxyError {
  const { statusCode = 0, statusMessage = '', headers } = answer;
  // Squid says in this header why, for example ERR_DNS_FAIL 0.
  const said = [statusMessage, headers['x-squid-error']].filter(Boolean).join(', ');
  const advice = ADVICE.get(statusCode) ?? 'look into its log for the reason';
  return new ProxyError(
    `the proxy ${url} answered ${statusCode} (${said}) to CONNECT ${authority}: ${advice}`,
    statusCode >= 500 ? 'ECONNRESET' : 'ERR_PROXY_REFUSED',
  );
}

/** A certificate is refused with codes such as SELF_SIGNED_CERT_IN_CHAIN and UNABLE_TO_GET_ISSUER_CERT_LOCALLY. */
function adviceOn(cause: unknown): string {
  return /SELF_SIGNED|UNABLE_TO/.test(codeOf(cause))
    ? '; the authority that signed its certificate is missing in caCertificates'
    : '';
}

function codeOf(cause: unknown): string {
  const code: unknown =
    typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' ? code : 'ERR_PROXY';
}
