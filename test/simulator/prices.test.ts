import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BUILT_IN_PRICES,
  builtInPrice,
  PriceError,
  PRICES_SAID,
  readPrices,
} from '../../simulator/prices.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prices-'));
  file = join(folder, 'prices.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('prices', () => {
  test('are known for common types without a file', () => {
    expect(BUILT_IN_PRICES.get('m7i.large')).toBe(0.1008);
    expect(BUILT_IN_PRICES.get('m7i.2xlarge')).toBe(0.4032);
  });

  test.each([
    'm5.large',
    'm8g.4xlarge',
    'c5.9xlarge',
    'c8i.large',
    'r8a.medium',
    'i7ie.3xlarge',
    't3.nano',
    't4g.2xlarge',
    'g4dn.xlarge',
    'g5.xlarge',
    'g6.12xlarge',
    'g6e.xlarge',
    'p4d.24xlarge',
    'p5.48xlarge',
    'm7i-flex.large',
    'c7g.metal',
  ])('are known for %s', (type) => {
    expect(BUILT_IN_PRICES.get(type)).toBeGreaterThan(0);
  });

  test('of the built-in table have a date and a region, and none is 0', () => {
    expect(PRICES_SAID).toMatch(/us-east-1, of \d{4}-\d\d-\d\d/);
    expect([...BUILT_IN_PRICES].filter(([, price]) => !(price > 0))).toEqual([]);
  });

  test('that must be known and are not are an error', () => {
    expect(builtInPrice('m7i.large')).toBe(0.1008);
    expect(() => builtInPrice('x9.large')).toThrow('no price is known for x9.large');
  });

  test('of a file go over the built-in ones', async () => {
    await writeFile(file, '{ "m7i.large": 0.2, "x9.huge": 12 }');
    const prices = await readPrices(file);
    expect([prices.get('m7i.large'), prices.get('x9.huge'), prices.get('c7i.large')]).toEqual([
      0.2, 12, 0.08925,
    ]);
  });

  test.each([
    ['[1]', 'is not a JSON object'],
    ['{', 'is not a JSON object'],
    ['{ "a": -1 }', 'the price of a is -1; allowed: USD per hour'],
    ['{ "a": "1" }', 'the price of a is "1"; allowed: USD per hour'],
  ])('%s is refused', async (text, words) => {
    await writeFile(file, text);
    await expect(readPrices(file)).rejects.toThrow(PriceError);
    await expect(readPrices(file)).rejects.toThrow(words);
  });

  test('of a file that is not there are refused', async () => {
    await expect(readPrices(file)).rejects.toThrow(/prices.json cannot be read: ENOENT/);
  });
});
