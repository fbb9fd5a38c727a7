/**
 * Checks a request's signature as AWS does: all of Signature Version 4, over the body and the headers that
 * arrived.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** How far a signature's time may be off, in milliseconds. */
const MOST_SKEW_MS = 300_000;

/** @returns the service and Region it is signed for, or what is wrong with it */
export function checkSignature(
  { method, path, headers, body }: SignedRequest,
  credentials: Credentials,
  now = Date.now(),
): { readonly service: string; readonly region: string } | { readonly refused: string } {
  const [, key, day, region = '', service = '', names = '', signature] =
    FORM.exec(headers.authorization ?? '') ?? [];
  if (key === undefined) return { refused: 'MissingAuthenticationToken' };
  const time = String(headers['x-amz-date']);
  const signed = names.split(';');
  if (key !== credentials.accessKeyId) return { refused: 'InvalidClientTokenId' };
  if (headers['x-amz-security-token'] !== credentials.sessionToken)
    return { refused: 'InvalidToken' };
  if (!['host', 'x-amz-date', 'x-amz-security-token'].every((name) => signed.includes(name))) {
    return { refused: 'SignatureDoesNotMatch: a header is not signed' };
  }
  const at = Date.parse(
    time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  if (!(Math.abs(at - now) <= MOST_SKEW_MS)) return { refused: 'SignatureDoesNotMatch: expired' };
  const request = [
    method,
    path,
    '',
    ...signed.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const signingKey = [day, region, service, 'aws4_request'].reduce<Buffer>(
    (secret, part) => hmac(secret, String(part)),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  return hmac(signingKey, text).toString('hex') === signature
    ? { service, region }
    : { refused: 'SignatureDoesNotMatch' };
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
