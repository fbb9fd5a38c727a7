/**
 * What a machine costs, for estimates: on-demand prices of Linux on shared hosts in one region, in USD per
 * hour. `ec2-prices.json` names its source and date; `scripts/prices.ts` writes it from AWS's price list.
 *
 * @see https://aws.amazon.com/ec2/pricing/on-demand/
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { errorFacts, isObject, parseObject } from '../lambda/scaler/contract.ts';

/** USD per hour by instance type. A type that is not in it has no known price, which is not a price of 0. */
export type PriceTable = ReadonlyMap<string, number>;

/** The file of the built-in prices. */
export interface PriceFile {
  readonly source: string;
  /** Day of the prices, `2026-01-19`. */
  readonly date: string;
  readonly region: string;
  readonly usdPerHour: Readonly<Record<string, number>>;
}

/** What spot costs as a share of on-demand. An assumption: it differs by type, zone and hour. */
export const SPOT_SHARE = 0.4;

const BUILT_IN: PriceFile = JSON.parse(
  readFileSync(new URL('./ec2-prices.json', import.meta.url), 'utf8'),
);

export const BUILT_IN_PRICES: PriceTable = new Map(Object.entries(BUILT_IN.usdPerHour));

/** Where estimates of cost come from, as a sentence. */
export const PRICES_SAID = `Built-in prices: Linux, on demand, ${BUILT_IN.region}, of ${BUILT_IN.date}; spot counts as ${SPOT_SHARE * 100} % of that.`;

/** Thrown for a price that is not known where one is needed, and for a price file that cannot be used. */
export class PriceError extends Error {
  override readonly name = 'PriceError';
}

/**
 * The built-in price of a type that must have one.
 *
 * @throws PriceError when it has none
 */
export function builtInPrice(instanceType: string): number {
  const price = BUILT_IN_PRICES.get(instanceType);
  if (price === undefined) {
    throw new PriceError(
      `no price is known for ${instanceType}; the built-in prices are of ${BUILT_IN.date}`,
    );
  }
  return price;
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
