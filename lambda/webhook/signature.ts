import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Delivery } from './delivery.ts';

/**
 * Whether whoever signed the delivery knows the secret. It takes the same time wherever a wrong signature differs.
 *
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export function isSigned({ body, signature }: Delivery, secret: string): boolean {
  const expected = createHmac('sha256', secret).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}
