/** What the infrastructure and the scaler have to agree on about a proxy. */
import { httpUrl } from './http-url.ts';
import type { Fields } from './source-rules.ts';

/** The HTTP proxy through which calls leave the network. */
export interface ProxySettings {
  /** http or https, without a path or credentials: `http://proxy.example.com:3128`. */
  readonly url: string;
  /** Hosts that are called directly. A name stands for itself and, after a dot, for all names below it. */
  readonly noProxy: readonly string[];
}

export const PROXY_SETTINGS = ['url', 'noProxy'] as const;

/** @returns undefined when a value is refused; `fields` has noted why */
export function decodeProxySettings(
  fields: Fields<(typeof PROXY_SETTINGS)[number]>,
): ProxySettings | undefined {
  const url = fields.read('url', {
    decode: (value) => (typeof value === 'string' ? proxyUrl(value) : undefined),
    allowed: 'an http or https URL without a path or credentials',
  });
  const noProxy = fields.read<readonly string[]>('noProxy', {
    fallback: [],
    decode: (value) => (isTexts(value) ? value : undefined),
    allowed: 'a list of host names and IP addresses',
  });
  return url === undefined || noProxy === undefined ? undefined : { url, noProxy };
}

/** The URL of a proxy, normalised; undefined when it is none. */
export function proxyUrl(text: string): string | undefined {
  const url = httpUrl(text);
  return url !== undefined && new URL(url).pathname === '/' ? url : undefined;
}

/** Whether a call to this host goes through the proxy. */
export function isProxied({ noProxy }: ProxySettings, hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  return !noProxy.some((entry) => host === entry.replace(/^\./, '') || isBelow(host, entry));
}

function isBelow(host: string, entry: string): boolean {
  return host.endsWith(entry.startsWith('.') ? entry : `.${entry}`);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
}
