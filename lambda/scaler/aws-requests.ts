/** How the SDK's clients call AWS: within which time, and through which proxy. */
import type { ProxySettings } from './contract/proxy.ts';
import { TUNNEL_LIMIT_MS, tunnelAgent } from './proxy-tunnel.ts';

/** A connection that is not made, or an answer that stalls, is given up and tried again. */
const LIMITS = {
  connectionTimeout: 2_000,
  requestTimeout: 5_000,
  throwOnRequestTimeout: true,
};

/** Connections to one service of AWS; the SDK's own default. */
const CONNECTIONS = 50;

/** The request handler of a client. A proxy's failure is told before the SDK's own limit, which would not name it. */
export function requestHandler(proxy: ProxySettings | undefined) {
  if (proxy === undefined) return LIMITS;
  return {
    ...LIMITS,
    connectionTimeout: TUNNEL_LIMIT_MS + 500,
    httpsAgent: tunnelAgent(proxy, { connections: CONNECTIONS }),
  };
}
