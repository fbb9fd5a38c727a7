/** A delivery of GitHub's webhook: read from the event of the function's URL, which anybody may have sent. */
import { isObject } from '../scaler/contract/json.ts';

export interface Delivery {
  /** As it was signed. */
  readonly body: Buffer;
  /** 64 hexadecimal digits. */
  readonly signature: string;
  /** The name of the event, such as `workflow_job`. */
  readonly event: string;
}

export type DecodedDelivery =
  | { readonly ok: true; readonly delivery: Delivery }
  | { readonly ok: false; readonly status: number; readonly message: string };

/** A delivery about a job has about 20 KB. GitHub sends up to 25 MB, and the URL of a function takes 6. */
export const MOST_BYTES = 256 * 1024;

/**
 * Nothing of it is to be believed yet.
 *
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
 */
export function decodeDelivery(event: unknown): DecodedDelivery {
  const { requestContext, headers, body, isBase64Encoded } = isObject(event) ? event : {};
  const http = isObject(requestContext) ? requestContext['http'] : undefined;
  if (!isObject(http) || http['method'] !== 'POST') {
    return refused(405, 'only POST is answered here');
  }
  if (typeof body !== 'string' || body === '') return refused(400, 'the delivery is empty');
  const encoding = isBase64Encoded === true ? 'base64' : 'utf8';
  if (Buffer.byteLength(body, encoding) > MOST_BYTES)
    return refused(413, `a delivery has at most ${MOST_BYTES} bytes`);
  const header = headerIn(headers);
  const signature = /^sha256=([0-9a-f]{64})$/.exec(header('x-hub-signature-256'))?.[1];
  if (signature === undefined) {
    return refused(401, 'the delivery has no x-hub-signature-256; give the webhook its secret');
  }
  if (!header('content-type').toLowerCase().startsWith('application/json')) {
    return refused(415, 'set the content type of the webhook to application/json');
  }
  const bytes = Buffer.from(body, encoding);
  return { ok: true, delivery: { body: bytes, signature, event: header('x-github-event') } };
}

function headerIn(headers: unknown): (name: string) => string {
  const known = isObject(headers) ? headers : {};
  return (name) => {
    const value = known[name];
    return typeof value === 'string' ? value : '';
  };
}

function refused(status: number, message: string): DecodedDelivery {
  return { ok: false, status, message };
}
