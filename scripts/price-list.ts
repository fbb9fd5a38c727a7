/** Reads the offer file of EC2 from AWS's price list. */
import { isObject, parseObject } from '../lambda/scaler/contract.ts';
import { PriceError, type PriceFile } from '../simulator/prices.ts';

/**
 * On-demand Linux without paid software on shared hosts; `Used` leaves out the entries of capacity
 * reservations, which repeat each type.
 *
 * @see https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
 */
const WANTED = {
  operatingSystem: 'Linux',
  tenancy: 'Shared',
  preInstalledSw: 'NA',
  capacitystatus: 'Used',
} as const;

/** @throws PriceError when the text is no offer of EC2, or holds no such price */
export function priceFileOf(text: string): PriceFile {
  const offer = parseObject(text);
  const published = offer?.['publicationDate'];
  if (offer?.['offerCode'] !== 'AmazonEC2' || typeof published !== 'string') {
    throw new PriceError(
      'this is not the offer of EC2; allowed: index.json of AmazonEC2 for one region, from the AWS Price List',
    );
  }
  const terms = within(offer, 'terms', 'OnDemand');
  const prices = new Map<string, number>();
  const regions = new Set<string>();
  for (const [sku, product] of Object.entries(within(offer, 'products'))) {
    const attributes = within(product, 'attributes');
    const { instanceType, regionCode } = attributes;
    const wanted = Object.entries(WANTED).every(([name, value]) => attributes[name] === value);
    if (!wanted || typeof instanceType !== 'string' || typeof regionCode !== 'string') continue;
    const price = pricePerHour(within(terms, sku));
    if (price === undefined) continue;
    prices.set(instanceType, price);
    regions.add(regionCode);
  }
  const [region, another] = regions;
  if (region === undefined) {
    throw new PriceError('the offer holds no on-demand price of Linux on shared hosts');
  }
  if (another !== undefined) {
    throw new PriceError(
      `the offer holds prices of ${[...regions].join(', ')}; allowed: the file of one region`,
    );
  }
  return {
    source: 'AWS Price List, AmazonEC2: on-demand prices of Linux on shared hosts',
    date: published.slice(0, 10),
    region,
    usdPerHour: Object.fromEntries([...prices].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** The price of the one hour that a term of an instance has. */
function pricePerHour(terms: Readonly<Record<string, unknown>>): number | undefined {
  for (const term of Object.values(terms)) {
    for (const dimension of Object.values(within(term, 'priceDimensions'))) {
      if (!isObject(dimension) || dimension['unit'] !== 'Hrs') continue;
      const price = Number(within(dimension, 'pricePerUnit')['USD']);
      if (price > 0) return price;
    }
  }
  return undefined;
}

/** The object at a path, empty where there is none. */
function within(value: unknown, ...path: readonly string[]): Readonly<Record<string, unknown>> {
  const found = path.reduce<unknown>(
    (inner, key) => (isObject(inner) ? inner[key] : undefined),
    value,
  );
  return isObject(found) ? found : {};
}
