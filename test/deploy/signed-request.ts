/**
 * Whether a request was signed with a secret key, as AWS finds out: the other side of `curl --aws-sigv4`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Signer {
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

interface Signed {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<key>[^/]+)\/(?<scope>\d{8}\/[^/]+\/[^/]+\/aws4_request), ?SignedHeaders=(?<headers>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/;

/** The access key that a request names; undefined for one that is not signed. */
export function keyOf({ headers }: IncomingMessage): string | undefined {
  return AUTHORIZATION.exec(headers.authorization ?? '')?.groups?.['key'];
}

export function isSignedBy({ request, body }: Signed, signer: Signer): boolean {
  const { headers, method = '', url = '/' } = request;
  const found = AUTHORIZATION.exec(headers.authorization ?? '')?.groups;
  if (found === undefined || headers['x-amz-security-token'] !== signer.sessionToken) return false;
  const { scope = '', headers: names = '', signature } = found;
  const { pathname, search } = new URL(url, 'http://localhost');
  const canonical = [
    method,
    pathname,
    search.slice(1),
    ...names.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const wanted = [
    'AWS4-HMAC-SHA256',
    headers['x-amz-date'],
    scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${signer.secretAccessKey}`,
    );
  return createHmac('sha256', key).update(wanted).digest('hex') === signature;
}
