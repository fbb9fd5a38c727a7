/** Reads the proxy through which function, machines and jobs leave the network. */
import { isIP } from 'node:net';
import type { ProxySettings } from '../lambda/scaler/contract.ts';
import { proxyUrl } from '../lambda/scaler/contract.ts';
import type { ProxyConfig } from './network-config.ts';
import { type ConfigReader, keysOf } from './reader.ts';

/** The machine itself, and the metadata of EC2 by IPv4 and IPv6. */
const ALWAYS_DIRECT = ['localhost', '127.0.0.1', '::1', '169.254.169.254', 'fd00:ec2::254'];

/** All variables of a function together have 4 kB, and each host name is written twice. */
const MOST_HOSTS = 30;
const LONGEST_URL = 200;

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** Reads the config's `proxy`; undefined where it has none. */
export function readProxy(config: ConfigReader): ProxySettings | undefined {
  if (!config.has('proxy')) return undefined;
  const reader = config.object('proxy', PROXY_KEYS);
  const hosts = reader.textList('noProxy', {
    accepts: (text) => isIP(text) !== 0 || (HOST_NAME.test(text) && !/^[\d.]+$/.test(text)),
    allowed:
      'a host name such as example.com, which stands for itself and all names below it, or an IP address; ' +
      'no leading dot, no *, no range of addresses and no port, because programs do not agree on those',
    least: 0,
    most: MOST_HOSTS,
  });
  return { url: readUrl(reader), noProxy: hostsPassedOn(hosts) };
}

function readUrl(reader: ConfigReader): string {
  const url = reader.raw('url');
  const text = typeof url === 'string' ? url : '';
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed !== undefined && (parsed.username !== '' || parsed.password !== '')) {
    reader.complain(
      'url has a user name or a password, and is not shown here for that; allowed: a URL without them, because it ' +
        'becomes part of user data, which everybody may read who may describe the launch template; ' +
        'let the proxy admit machines and the function by their addresses',
    );
  } else if (proxyUrl(text) === undefined || text.length > LONGEST_URL) {
    reader.refuse(
      'url',
      `an http or https URL without a path, of at most ${LONGEST_URL} characters, such as http://proxy.example.com:3128`,
    );
  } else if (!/:\d+\/?$/.test(text)) {
    reader.refuse(
      'url',
      'a URL with its port, such as http://proxy.example.com:3128, because programs do not agree on a default',
    );
  } else {
    // Not as the URL class writes it, which leaves out port 80 of http: curl would take 1080.
    return text.toLowerCase().replace(/\/$/, '');
  }
  return '';
}

/** As most programs understand it: some take a name for itself only, others a dot for what is below it. */
function hostsPassedOn(hosts: readonly string[]): readonly string[] {
  const all = hosts.map((host) => host.toLowerCase());
  return [
    ...new Set([
      ...ALWAYS_DIRECT,
      ...all.flatMap((host) => (isIP(host) === 0 ? [host, `.${host}`] : [host])),
    ]),
  ];
}

const PROXY_KEYS = keysOf<ProxyConfig>({ url: true, noProxy: true });
