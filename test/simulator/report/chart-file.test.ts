import { describe, expect, test } from '@jest/globals';
import { renderChartSvg } from '../../../simulator/report/chart-file.ts';
import { classOf, sampleRecord } from './sample-record.ts';

describe('the chart as a file', () => {
  const record = sampleRecord();
  const svg = renderChartSvg(record, 'acme/linux');

  test('stands alone: it loads nothing and names only the SVG namespace', () => {
    expect(svg.match(/https?:\/\/[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
    expect(svg).not.toMatch(/<script|<image|href=|@import/);
  });

  test('is for light and for dark', () => {
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  test('shows every state, the lines and the queue', () => {
    for (const mark of ['busy', 'idle', 'booting', 'finishing', 'desired', 'demand', 'unclaimed']) {
      expect(svg).toMatch(new RegExp(`<path class="(area|line) ${mark}" d="M[^"]{50,}"`));
    }
  });

  test('names the class, the simulation, the rule and the seed', () => {
    expect(svg).toContain('Runners of acme/linux in a simulation');
    expect(svg).toContain('rule runner-scaler, seed 7');
  });

  test('escapes a hostile name', () => {
    const name = '"><script>alert(1)</script>';
    const hostile = renderChartSvg(
      { ...record, classes: [classOf([], { resourceClass: name })] },
      name,
    );
    expect(hostile).not.toContain('<script');
  });

  test('of an unknown class is refused with the known ones', () => {
    expect(() => renderChartSvg(record, 'acme/none')).toThrow(
      'no resource class "acme/none" in the record; it has: acme/linux, acme/linux-large, acme/arm',
    );
  });
});
