/** What a machine asks for: read from the event of the function's URL, which may be anything. */
import { ARCHITECTURES, type Architecture } from '../scaler/contract/github-functions.ts';
import { isObject, parseObject } from '../scaler/contract/json.ts';
import { Refusal } from './refusal.ts';

export type MachineRequest =
  { readonly kind: 'register'; readonly architecture: Architecture } | { readonly kind: 'retire' };

/** A request has some 50 bytes. */
const MOST_BYTES = 4_096;

/**
 * @throws Refusal for what is no such request
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
 */
export function decodeRequest(event: Readonly<Record<string, unknown>>): MachineRequest {
  const { rawPath, requestContext } = event;
  const http = isObject(requestContext) ? requestContext['http'] : undefined;
  const method = isObject(http) ? http['method'] : undefined;
  if (method !== 'POST' || (rawPath !== '/register' && rawPath !== '/retire')) {
    throw Refusal.final(404, 'there is no such page; allowed: POST /register and POST /retire');
  }
  const body = parseObject(bodyOf(event));
  if (body === undefined) throw Refusal.final(400, 'the body of the request is no JSON object');
  if (rawPath === '/retire') return { kind: 'retire' };
  const architecture = ARCHITECTURES.find((known) => known === body['architecture']);
  if (architecture === undefined) {
    throw Refusal.final(
      400,
      `the architecture is missing or unknown; allowed: ${ARCHITECTURES.join(', ')}`,
    );
  }
  return { kind: 'register', architecture };
}

function bodyOf({ body, isBase64Encoded }: Readonly<Record<string, unknown>>): string {
  if (typeof body !== 'string') return '';
  if (body.length > MOST_BYTES) throw Refusal.final(400, 'the body of the request is too long');
  return isBase64Encoded === true ? Buffer.from(body, 'base64').toString() : body;
}
