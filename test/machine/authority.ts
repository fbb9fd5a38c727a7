/** A certificate authority of the tests' own, which the root file systems trust. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Authority {
  /** Path of the certificate that machines have to trust. */
  readonly certificate: string;
  readonly server: { readonly cert: Buffer; readonly key: Buffer };
}

export function makeAuthority(folder: string, hosts: readonly string[]): Authority {
  const at = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'pipe' });
  writeFileSync(
    at('server.ext'),
    `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n`,
  );
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    ...['req', '-x509', ...curve, '-keyout', at('ca.key'), '-out', at('ca.crt'), '-days', '3650'],
    ...['-subj', '/CN=runner-scaler tests', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ...['-addext', 'basicConstraints=critical,CA:true'],
  );
  openssl(
    ...['req', ...curve, '-keyout', at('server.key'), '-out', at('server.csr')],
    ...['-subj', '/CN=runner-scaler stand-ins'],
  );
  openssl(
    ...['x509', '-req', '-in', at('server.csr'), '-CA', at('ca.crt'), '-CAkey', at('ca.key')],
    ...['-CAcreateserial', '-out', at('server.crt'), '-days', '3650', '-extfile', at('server.ext')],
  );
  return authorityIn(folder);
}

export function authorityIn(folder: string): Authority {
  return {
    certificate: join(folder, 'ca.crt'),
    server: {
      cert: readFileSync(join(folder, 'server.crt')),
      key: readFileSync(join(folder, 'server.key')),
    },
  };
}
