/**
 * What a machine costs: on-demand prices of Linux in us-east-1, in USD per hour, for estimates. They are
 * of the order of AWS's price list and were not checked against it; replace them with a table of your own.
 *
 * @see https://aws.amazon.com/ec2/pricing/on-demand/
 */
import { readFile } from 'node:fs/promises';
import { errorFacts, isObject, parseObject } from '../lambda/scaler/contract.ts';

/** USD per hour by instance type. */
export type PriceTable = ReadonlyMap<string, number>;

/** USD per hour of the size `large` per family; within these families the price doubles with the size. */
const LARGE: Readonly<Record<string, number>> = {
  c5: 0.085,
  c6a: 0.0765,
  c6g: 0.068,
  c6i: 0.085,
  c7a: 0.10264,
  c7g: 0.0725,
  c7i: 0.08925,
  m5: 0.096,
  m6a: 0.0864,
  m6g: 0.077,
  m6i: 0.096,
  m7a: 0.11592,
  m7g: 0.0816,
  m7i: 0.1008,
  r6g: 0.1008,
  r6i: 0.126,
  r7g: 0.1071,
  r7i: 0.1323,
  t3: 0.0832,
  t3a: 0.0752,
  t4g: 0.0672,
};

/** Multiples of `large`. */
const SIZES: Readonly<Record<string, number>> = {
  medium: 0.5,
  large: 1,
  xlarge: 2,
  '2xlarge': 4,
  '4xlarge': 8,
  '8xlarge': 16,
  '12xlarge': 24,
  '16xlarge': 32,
  '24xlarge': 48,
};

/** What spot costs in share of on-demand. An assumption: it differs by type, zone and hour. */
export const SPOT_SHARE = 0.4;

export const BUILT_IN_PRICES: PriceTable = new Map(
  Object.entries(LARGE).flatMap(([family, price]) =>
    Object.entries(SIZES).map(([size, times]) => [`${family}.${size}`, price * times] as const),
  ),
);

/** Thrown for a price file that cannot be used. */
export class PriceError extends Error {
  override readonly name = 'PriceError';
}

/**
 * The built-in table with the prices of a JSON file over it, `{ "m7i.large": 0.1008 }`.
 *
 * @throws PriceError naming the file, the entry and what is allowed
 */
export async function readPrices(path: string): Promise<PriceTable> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new PriceError(`${path} cannot be read: ${errorFacts(error).message}`);
  });
  const table = parseObject(text);
  if (!isObject(table)) {
    throw new PriceError(`${path} is not a JSON object; allowed: { "m7i.large": 0.1008, … }`);
  }
  const prices = new Map(BUILT_IN_PRICES);
  for (const [type, price] of Object.entries(table)) {
    if (typeof price !== 'number' || !(price >= 0)) {
      throw new PriceError(
        `${path}: the price of ${type} is ${JSON.stringify(price)}; allowed: USD per hour, a number of at least 0`,
      );
    }
    prices.set(type, price);
  }
  return prices;
}
