/** The page of the comparison in a real browser. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { renderComparison } from '../../../../simulator/experiment/compare/page.ts';
import { ALL_COLUMNS } from '../../../../simulator/experiment/compare/columns.ts';
import { testBrowser } from '../../browser.ts';
import { SAMPLE_RULES, sampleComparison } from './sample-comparison.ts';

const browser = testBrowser();
let html: string;

beforeAll(async () => {
  const about = { notes: ['a note'], command: 'npm run compare', columns: ALL_COLUMNS };
  html = renderComparison([await sampleComparison()], about);
});

async function open(width = 1280) {
  return browser.open('comparison.html', html, { viewport: { width, height: 900 } });
}

/** Everything that is folded, unfolded. */
async function opened(width?: number) {
  const opened = await open(width);
  await opened.page.evaluate(
    `for (const one of document.querySelectorAll('details')) one.open = true`,
  );
  return opened;
}

describe('the page of a comparison', () => {
  test('causes no error and asks for nothing but itself', async () => {
    const { page, complaints, requests, url } = await open();
    expect(complaints).toEqual([]);
    expect(requests).toEqual([url]);
    await page.close();
  });

  test('draws the costs, and for every rule its waits and its burst', async () => {
    const { page } = await opened();
    expect(await page.locator('.cost circle').count()).toBe(SAMPLE_RULES.length);
    expect(await page.locator('.distribution .own').count()).toBe(SAMPLE_RULES.length);
    // Beside each rule's waits stand those of both oracles, and beside an oracle's the other's.
    for (const oracle of ['oracle', 'lagged-oracle']) {
      const beside = page.locator(`.distribution path.${oracle}`);
      expect(await beside.count()).toBe(SAMPLE_RULES.length - 1);
    }
    expect(await page.locator('figure.timeline').count()).toBe(SAMPLE_RULES.length);
    const flat = await page.evaluate(`
      [...document.querySelectorAll('svg[role=img]')].filter((svg) => {
        const { width, height } = svg.getBoundingClientRect();
        return width < 100 || height < 40;
      }).length`);
    expect(flat).toBe(0);
    await page.close();
  });

  test('shows figures that equal the embedded JSON', async () => {
    const { page } = await open();
    const { count, differing } = await page.evaluate<{ count: number; differing: string[] }>(`{
      const record = JSON.parse(document.getElementById('record').textContent);
      const at = (path) => path.split('.').reduce((inner, key) => inner?.[key], record);
      const figures = [...document.querySelectorAll('data[data-figure]')];
      const differing = figures.filter((one) => Number(one.value) !== at(one.dataset.figure));
      ({ count: figures.length, differing: differing.map((one) => one.dataset.figure) })
    }`);
    expect(differing).toEqual([]);
    expect(count).toBe(SAMPLE_RULES.length * ALL_COLUMNS.length);
    await page.close();
  });

  test('reads a burst out under the pointer', async () => {
    const { page } = await opened();
    const chart = page.locator('figure.timeline .chart').first();
    await chart.hover();
    const said = await page.locator('figure.timeline .moment').first().textContent();
    expect(said).toMatch(/^2026-03-02 \d\d:\d\d:\d\d UTC$/);
    await page.close();
  });

  test.each([360, 1280])('does not overflow sideways at a width of %i', async (width) => {
    const { page } = await opened(width);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.close();
  });

  test('shows on a phone, before anything is unfolded, two or three screens', async () => {
    const { page } = await open(360);
    expect(await page.evaluate('document.documentElement.scrollHeight')).toBeLessThan(2200);
    expect(await page.locator('h2').first().textContent()).toBe('All together');
    await page.close();
  });
});
