import { describe, expect, test } from '@jest/globals';
import { priceFileOf } from '../../scripts/price-list.ts';

/** In the form of the offer file of EC2, with what the reader does not look at left out. */
function offer(
  products: Readonly<Record<string, object>>,
  prices: Readonly<Record<string, string>>,
) {
  return JSON.stringify({
    formatVersion: 'v1.0',
    offerCode: 'AmazonEC2',
    version: '20260119132324',
    publicationDate: '2026-01-19T13:23:24Z',
    products: Object.fromEntries(
      Object.entries(products).map(([sku, attributes]) => [
        sku,
        { sku, productFamily: 'Compute Instance', attributes },
      ]),
    ),
    terms: {
      OnDemand: Object.fromEntries(
        Object.entries(prices).map(([sku, USD]) => [
          sku,
          {
            [`${sku}.JRTCKXETXF`]: {
              offerTermCode: 'JRTCKXETXF',
              priceDimensions: {
                [`${sku}.JRTCKXETXF.6YS6EN2CT7`]: { unit: 'Hrs', pricePerUnit: { USD } },
              },
            },
          },
        ]),
      ),
      Reserved: {},
    },
  });
}

const LINUX = {
  regionCode: 'us-east-1',
  instanceType: 'm7i.large',
  operatingSystem: 'Linux',
  tenancy: 'Shared',
  preInstalledSw: 'NA',
  capacitystatus: 'Used',
};

describe('the price list', () => {
  test('gives on-demand Linux on shared hosts, and nothing else', () => {
    const text = offer(
      {
        A: LINUX,
        B: { ...LINUX, instanceType: 'c8g.large' },
        C: { ...LINUX, operatingSystem: 'Windows' },
        D: { ...LINUX, tenancy: 'Dedicated' },
        E: { ...LINUX, preInstalledSw: 'SQL Std' },
        F: { ...LINUX, capacitystatus: 'UnusedCapacityReservation' },
        G: { ...LINUX, instanceType: 'x9.large' },
        H: { ...LINUX, instanceType: 'x9.xlarge' },
      },
      {
        A: '0.1008000000',
        B: '0.0797600000',
        C: '0.1928',
        D: '0.1069',
        E: '0.58',
        F: '0.1',
        G: '0.0000000000',
      },
    );
    expect(priceFileOf(text)).toEqual({
      source: 'AWS Price List, AmazonEC2: on-demand prices of Linux on shared hosts',
      date: '2026-01-19',
      region: 'us-east-1',
      usdPerHour: { 'c8g.large': 0.07976, 'm7i.large': 0.1008 },
    });
  });

  test.each([
    ['[]', 'this is not the offer of EC2'],
    ['{ "offerCode": "AmazonS3", "publicationDate": "2026" }', 'this is not the offer of EC2'],
    [offer({}, {}), 'holds no on-demand price of Linux'],
    [
      offer({ A: LINUX, B: { ...LINUX, regionCode: 'eu-west-1' } }, { A: '1', B: '2' }),
      'the offer holds prices of us-east-1, eu-west-1; allowed: the file of one region',
    ],
  ])('%.40s is refused', (text, words) => {
    expect(() => priceFileOf(text)).toThrow(words);
  });
});
