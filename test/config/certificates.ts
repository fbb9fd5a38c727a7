/** Certificates made by openssl for one test file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  readonly root: string;
  readonly rootKey: string;
  /** An authority that `root` signed. */
  readonly intermediate: string;
  /** A server's, signed by `root`. */
  readonly server: string;
  /** A root that is valid for a day. */
  readonly brief: string;
}

const AUTHORITY = 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n';

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const at = (name: string) => join(folder, name);
  const openssl = (words: string, ...exact: readonly string[]) =>
    execFileSync('openssl', [...words.split(' '), ...exact], {
      cwd: folder,
      stdio: 'pipe',
      encoding: 'utf8',
    });
  const curve = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
  const self = (name: string, subject: string, days: number) => {
    openssl(
      `req -x509 ${curve} -keyout ${name}.key -out ${name}.pem -days ${days} ` +
        '-addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign -subj',
      subject,
    );
    return readFileSync(at(`${name}.pem`), 'utf8');
  };
  const signed = (name: string, subject: string, extensions: string) => {
    writeFileSync(at('extensions'), extensions);
    openssl(`req ${curve} -keyout ${name}.key -out ${name}.csr -subj`, subject);
    return openssl(
      `x509 -req -in ${name}.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30 -extfile extensions`,
    );
  };
  try {
    return {
      root: self('root', '/O=Acme/CN=Acme Root', 3650),
      rootKey: readFileSync(at('root.key'), 'utf8'),
      intermediate: signed('intermediate', '/CN=Acme Issuing', AUTHORITY),
      server: signed('server', '/CN=gitlab.corp.example', 'basicConstraints=CA:false\n'),
      brief: self('brief', '/CN=Acme Old Root', 1),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
