/** The page in a real browser. */
import { describe, expect, test } from '@jest/globals';
import type { BrowserContextOptions } from 'playwright-core';
import { renderChartSvg } from '../../../simulator/report/chart-file.ts';
import { renderPage } from '../../../simulator/report/page.ts';
import { testBrowser } from '../browser.ts';
import { sampleRecord } from './sample-record.ts';

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true };

const browser = testBrowser();

async function open(options?: BrowserContextOptions, record = sampleRecord()) {
  return browser.open('page.html', renderPage(record), options);
}

describe('the page in a browser', () => {
  test('causes no error and asks for nothing but itself', async () => {
    const { page, complaints, requests, url } = await open();
    expect(complaints).toEqual([]);
    expect(requests).toEqual([url]);
    await page.close();
  });

  test('draws every chart with a size and with marks in it', async () => {
    const { page } = await open();
    const sizes = await page.evaluate<readonly (readonly number[])[]>(`
      [...document.querySelectorAll('svg.plot')].map((svg) => {
        const { width, height } = svg.getBoundingClientRect();
        const drawn = [...svg.querySelectorAll('path.area, path.line')].map((path) => path.getBBox());
        return [width, height, Math.max(...drawn.map((box) => box.width * box.height))];
      })`);
    expect(sizes).toHaveLength(3 * 5);
    for (const [width, height, marks] of sizes) {
      expect(width).toBeGreaterThan(300);
      expect(height).toBeGreaterThan(50);
      expect(marks).toBeGreaterThan(0);
    }
    await page.close();
  });

  test('shows figures that equal the embedded JSON', async () => {
    const { page } = await open();
    const wrong = await page.evaluate(`{
      const { summary } = JSON.parse(document.getElementById('record').textContent);
      const at = (path) => path.split('.').reduce((inner, key) => inner?.[key], summary);
      const figures = [...document.querySelectorAll('data[data-figure]')];
      const differing = figures.filter((one) => Number(one.value) !== at(one.dataset.figure));
      ({ count: figures.length > 100, differing: differing.map((one) => one.dataset.figure) })
    }`);
    expect(wrong).toEqual({ count: true, differing: [] });
    await page.close();
  });

  test('shows answers that equal the embedded JSON, before everything else', async () => {
    const { page } = await open();
    const wrong = await page.evaluate(`{
      const { answer } = JSON.parse(document.getElementById('record').textContent);
      const at = (path) => path.split('.').reduce((inner, key) => inner?.[key], answer);
      const figures = [...document.querySelectorAll('data[data-answer]')];
      const differing = figures.filter((one) => Number(one.value) !== at(one.dataset.answer));
      const first = document.querySelector('main > :nth-child(2)').className;
      ({ first, some: figures.length >= 3 * 5, differing: differing.map((one) => one.dataset.answer) })
    }`);
    expect(wrong).toEqual({ first: 'answer', some: true, differing: [] });
    await page.close();
  });

  test('gives the whole run room to scroll on a phone, from the busiest moment on, and keeps its axis in sight', async () => {
    const { page } = await open(PHONE);
    const seen = await page.evaluate(`{
      const frame = document.querySelector('.timeline.run .chart-scroll');
      const axis = frame.querySelector('.value-axis').getBoundingClientRect();
      const closer = document.querySelector('.timeline.busiest .chart-scroll');
      ({
        wider: frame.scrollWidth > 2 * frame.clientWidth,
        scrolled: frame.scrollLeft > 0,
        axis: Math.round(axis.left - frame.getBoundingClientRect().left),
        closer: closer.scrollWidth - closer.clientWidth,
      })
    }`);
    expect(seen).toEqual({ wider: true, scrolled: true, axis: 0, closer: 0 });
    await page.close();
  });

  test('shows at the edge of a table that there is more, until there is not', async () => {
    const { page } = await open(PHONE);
    const table = page.locator('.scroll').first();
    const hidden = `document.querySelector('.scroll').scrollWidth > document.querySelector('.scroll').clientWidth`;
    expect(await page.evaluate(hidden)).toBe(true);
    const edge = async () => {
      const { x = 0, y = 0, width = 0, height = 0 } = (await table.boundingBox()) ?? {};
      const clip = { x: x + width - 1, y: y + height / 2, width: 1, height: 20 };
      return page.screenshot({ clip, fullPage: true });
    };
    const before = await edge();
    await page.evaluate(`document.querySelector('.scroll').scrollLeft = 10_000`);
    expect((await edge()).equals(before)).toBe(false);
    await page.close();
  });

  test('breaks the labels of a table on a phone between words only', async () => {
    const { page } = await open(PHONE);
    const tallest = await page.evaluate(`
      Math.max(...[...document.querySelectorAll('.scroll tbody th')].map((cell) => cell.clientHeight))`);
    expect(tallest).toBeLessThan(100);
    await page.close();
  });

  test.each([360, 768, 1600])('does not overflow sideways at a width of %i', async (width) => {
    const { page } = await open({ viewport: { width, height: 800 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.close();
  });

  test.each([360, 1280])('has no two axis labels that overlap at a width of %i', async (width) => {
    const [first, ...others] = sampleRecord().classes;
    const waits = Array.from({ length: 200 }, (_, index) => 1.06 ** index);
    const wide = first ? [{ ...first, waits }, ...others] : [];
    const record = { ...sampleRecord(), classes: wide };
    const { page } = await open({ viewport: { width, height: 800 } }, record);
    const overlaps = await page.evaluate(`
      [...document.querySelectorAll('.time-axis, .value-axis')].flatMap((axis) => {
        const boxes = [...axis.children].map((label) => label.getBoundingClientRect());
        const shown = boxes.filter((box) => box.width > 0);
        return shown.slice(1).filter((box, index) => {
          const before = shown[index];
          const across = box.left < before.right && before.left < box.right;
          return across && box.top + 3 < before.bottom && before.top + 3 < box.bottom;
        }).map(() => axis.textContent);
      })`);
    expect(overlaps).toEqual([]);
    await page.close();
  });

  test('is dark on a dark ground where dark is preferred, and light on paper', async () => {
    const { page } = await open({ colorScheme: 'light' });
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await ground();
    expect(brightness(light)).toBeGreaterThan(200);
    expect(brightness(dark)).toBeLessThan(60);
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    const ink = await page.evaluate<string>('getComputedStyle(document.body).color');
    expect(brightness(ink)).toBeLessThan(60);
    expect(await ground()).toBe('rgb(255, 255, 255)');
    await page.close();
  });

  test('reads the values out under the pointer and forgets them when it leaves', async () => {
    const { page } = await open();
    const figure = page.locator('figure.timeline').first();
    await figure
      .locator('svg.plot')
      .first()
      .hover({ position: { x: 300, y: 100 } });
    expect(await figure.locator('.moment').textContent()).toMatch(
      /^2026-11-16 \d\d:\d\d:\d\d UTC$/,
    );
    expect(await figure.locator('[data-field="max"]').textContent()).toBe('40');
    await page.locator('h1').hover();
    expect(await figure.locator('.moment').textContent()).toContain('06:00 to 20:00 UTC');
    expect(await figure.locator('[data-field="max"]').textContent()).toBe('');
    await page.close();
  });

  test('reads out by touch and by arrow keys', async () => {
    const { page } = await open(PHONE);
    const figure = page.locator('figure.timeline').first();
    await figure.locator('svg.plot').first().tap();
    const touched = await figure.locator('.moment').textContent();
    expect(touched).toMatch(/^2026-11-16 \d\d:\d\d:\d\d UTC$/);
    await figure.locator('.chart').focus();
    await page.keyboard.press('ArrowRight');
    const moved = await figure.locator('.moment').textContent();
    expect(String(moved) > String(touched)).toBe(true);
    await page.close();
  });

  test('is complete without its script', async () => {
    const { page } = await open({ javaScriptEnabled: false });
    expect(await page.locator('figcaption').count()).toBe(3 * 3);
    expect(await page.locator('svg.plot path.area.busy').count()).toBe(3 * 2);
    await page.close();
  });
});

test('the chart as a file is well-formed and is drawn', async () => {
  const { page } = await browser.open('chart.svg', renderChartSvg(sampleRecord(), 'acme/linux'));
  expect(await page.evaluate('document.documentElement.nodeName')).toBe('svg');
  expect(await page.evaluate('document.querySelector("parsererror")')).toBeNull();
  expect(
    await page.evaluate(`Math.max(...[...document.querySelectorAll('text')].map((text) => {
      const box = text.getBoundingClientRect();
      return box.right;
    }))`),
  ).toBeLessThan(960);
  await page.close();
});

/** Mean of the channels of a colour such as `rgb(17, 21, 27)`. */
function brightness(colour: string): number {
  const channels = [...colour.matchAll(/\d+/g)].slice(0, 3).map(([channel]) => Number(channel));
  return channels.reduce((sum, channel) => sum + channel, 0) / 3;
}
