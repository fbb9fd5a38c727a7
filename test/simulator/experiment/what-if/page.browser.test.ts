/** The page of a comparison of configs in a real browser. */
import { describe, expect, test } from '@jest/globals';
import type { BrowserContextOptions } from 'playwright-core';
import { ROWS } from '../../../../simulator/experiment/what-if/figures.ts';
import { renderWhatIf } from '../../../../simulator/experiment/what-if/page.ts';
import { testBrowser } from '../../browser.ts';
import { tinyComparison } from './tiny-runs.ts';

const browser = testBrowser();

async function open(options?: BrowserContextOptions) {
  const { whatIf, runs } = tinyComparison();
  const about = { command: 'npm start', notes: ['a note'] };
  return browser.open('what-if.html', renderWhatIf(whatIf, runs, about), options);
}

describe('the page of configs side by side', () => {
  test('causes no error and asks for nothing but itself', async () => {
    const { page, complaints, requests, url } = await open();
    expect(complaints).toEqual([]);
    expect(requests).toEqual([url]);
    await page.close();
  });

  test('draws the waits of all configs in one chart and the instances of each', async () => {
    const { page } = await open();
    const drawn = await page.evaluate<readonly (readonly number[])[]>(`
      [...document.querySelectorAll('svg.plot path.line, svg.plot path.area')].map((path) => {
        const { width, height } = path.getBBox();
        return [width, height];
      })`);
    expect(drawn).toHaveLength(2 + 2 * 2);
    for (const [width, height] of drawn) {
      expect(width).toBeGreaterThan(400);
      expect(height).toBeGreaterThan(20);
    }
    await page.close();
  });

  test('shows figures that equal the embedded JSON', async () => {
    const { page } = await open();
    const { count, differing } = await page.evaluate<{ count: number; differing: string[] }>(`{
      const record = JSON.parse(document.getElementById('record').textContent);
      const at = (path) => path.split('.').reduce((inner, key) => inner?.[key], record);
      const valueOf = ({ value }) => (value === '' ? null : Number(value));
      const figures = [...document.querySelectorAll('data[data-figure]')];
      const differing = figures.filter((one) => valueOf(one) !== at(one.dataset.figure));
      ({ count: figures.length, differing: differing.map((one) => one.dataset.figure) })
    }`);
    expect(differing).toEqual([]);
    expect(count).toBe(3 * ROWS.length);
    await page.close();
  });

  test('names what no fleet serves, as text', async () => {
    const { page } = await open();
    expect(await page.locator('.warnings').textContent()).toContain('no fleet serves acme/<mac>');
    await page.close();
  });

  test.each([360, 768, 1600])('does not overflow sideways at a width of %i', async (width) => {
    const { page } = await open({ viewport: { width, height: 800 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.close();
  });

  test('has the figures of two configs in sight on a phone', async () => {
    const { page } = await open({ viewport: { width: 360, height: 740 } });
    const right = await page.evaluate<number>(
      `document.querySelector('data[data-figure="configs.1.figures.waitMean"]').getBoundingClientRect().right`,
    );
    expect(right).toBeLessThan(360);
    await page.close();
  });

  test('has another ground where dark is preferred', async () => {
    const { page } = await open({ colorScheme: 'light' });
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await ground()).not.toBe(light);
    await page.close();
  });
});
