/** The page of the comparison in a real browser; see the report's page for how to get Chromium. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type Page, chromium } from 'playwright-core';
import { renderComparison } from '../../../simulator/compare/page.ts';
import { COLUMNS } from '../../../simulator/compare/table.ts';
import { SAMPLE_RULES, sampleComparison } from './sample-comparison.ts';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

let browser: Browser;
const folder = mkdtempSync(join(tmpdir(), 'compare-page-'));
const file = join(folder, 'page.html');

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `no Chromium at ${CHROMIUM}; install it (Debian, Ubuntu: apt-get install chromium) or set CHROMIUM_PATH to one`,
    );
  }
  const about = { notes: ['a note'], command: 'npm run compare' };
  writeFileSync(file, renderComparison([await sampleComparison()], about));
  browser = await chromium.launch({ executablePath: CHROMIUM });
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(
  width = 1280,
): Promise<{ page: Page; complaints: string[]; requests: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, complaints, requests };
}

describe('the page of a comparison', () => {
  test('causes no error and asks for nothing but itself', async () => {
    const { page, complaints, requests } = await open();
    expect(complaints).toEqual([]);
    expect(requests).toEqual([pathToFileURL(file).href]);
    await page.close();
  });

  test('draws the costs, and for every rule its waits and its burst', async () => {
    const { page } = await open();
    expect(await page.locator('.cost circle').count()).toBe(SAMPLE_RULES.length);
    expect(await page.locator('.distribution .own').count()).toBe(SAMPLE_RULES.length);
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
    expect(count).toBe(SAMPLE_RULES.length * COLUMNS.length);
    await page.close();
  });

  test('reads a burst out under the pointer', async () => {
    const { page } = await open();
    const chart = page.locator('figure.timeline .chart').first();
    await chart.hover();
    const said = await page.locator('figure.timeline .moment').first().textContent();
    expect(said).toMatch(/^2026-03-02 \d\d:\d\d:\d\d UTC$/);
    await page.close();
  });

  test.each([360, 1280])('does not overflow sideways at a width of %i', async (width) => {
    const { page } = await open(width);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.close();
  });
});
