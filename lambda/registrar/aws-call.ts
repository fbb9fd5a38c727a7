/** A call of AWS, whose failure becomes a sentence. */
import { errorFacts } from '../scaler/contract/error-facts.ts';
import { Refusal } from './refusal.ts';

/** @throws Refusal that passes */
export async function sending<T>(what: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (cause) {
    const { name, message } = errorFacts(cause);
    const said = `${what} failed (${name}): ${message}`;
    const isThrottled = /Throttl|RequestLimitExceeded|TooManyRequests/.test(name);
    throw Refusal.passing(isThrottled ? 429 : 503, said);
  }
}
