/**
 * Writes `simulator/ec2-prices.json` from AWS's price list: `npm run prices -- index.json`. The file is
 * the offer of EC2 in one region, which anyone may download (several hundred MB):
 * `curl -O https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonEC2/current/us-east-1/index.json`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { errorFacts } from '../lambda/scaler/contract.ts';
import { PriceError } from '../simulator/prices.ts';
import { priceFileOf } from './price-list.ts';

const TABLE = new URL('../simulator/ec2-prices.json', import.meta.url);

async function main([path]: readonly string[]): Promise<void> {
  if (path === undefined) throw new PriceError('usage: npm run prices -- index.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new PriceError(`${path} cannot be read: ${errorFacts(error).message}`);
  });
  const file = priceFileOf(text);
  await writeFile(TABLE, `${JSON.stringify(file, null, 2)}\n`);
  const count = Object.keys(file.usdPerHour).length;
  process.stdout.write(`${count} prices of ${file.region}, ${file.date}\n`);
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${errorFacts(error).message}\n`);
  process.exitCode = 1;
});
