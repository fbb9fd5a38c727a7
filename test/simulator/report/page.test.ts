import { describe, expect, test } from '@jest/globals';
import { formatDuration, formatNumber } from '../../../simulator/report/format.ts';
import { renderPage } from '../../../simulator/report/page.ts';
import { summarise } from '../../../simulator/report/summary.ts';
import { classOf, emptyRecord, sampleAt, sampleRecord } from './sample-record.ts';

const record = sampleRecord();
const page = renderPage(record, { command: 'npm start -- --seed 7', notes: ['Boots take 50 s.'] });

describe('the page', () => {
  test('is the same for the same record', () => {
    expect(renderPage(sampleRecord())).toBe(renderPage(sampleRecord()));
  });

  test('refers to nothing outside itself', () => {
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/<link(?! rel="icon" href="data:,")|<img|<iframe|@import|\ssrc=/);
    expect(
      [...page.matchAll(/url\(([^)]*)\)/g)].every(([, target]) => target?.startsWith('#')),
    ).toBe(true);
  });

  test('says that it is a simulation, with which seed and rule, and when in UTC', () => {
    expect(page).toContain('>Simulation<');
    expect(page).toContain('Rule <strong>runner-scaler</strong>, seed <strong>7</strong>');
    expect(page).toContain('Mon 16 Nov 2026, 06:00 to 20:00 UTC');
  });

  test('shows the notes and the command it is given', () => {
    expect(page).toContain('<li>Boots take 50\u00A0s.</li>');
    expect(page).toContain('<code>npm start -- --seed 7</code>');
  });

  test('says when the run was stopped early, and only then', () => {
    expect(page).not.toContain('stopped before');
    expect(renderPage({ ...record, interrupted: true })).toContain('stopped before');
  });

  test('has, for each class, the chart of the run, a closer look and the waits', () => {
    for (const { resourceClass } of record.classes) {
      const charts = [...page.matchAll(/role="img" aria-label="([^"]*)"/g)].map(
        ([, label]) => label,
      );
      const own = charts.filter((label) => label?.includes(` ${resourceClass}, `));
      expect(own.filter((label) => label?.startsWith('Instances by state'))).toHaveLength(2);
      expect(own.filter((label) => label?.startsWith('Waiting tasks'))).toHaveLength(2);
      expect(charts).toContain(`Waits of ${resourceClass}: share of tasks against time waited`);
    }
  });

  test('gives every chart a title and a description', () => {
    const charts = [...page.matchAll(/<svg[^>]*role="img"[\s\S]*?<\/svg>/g)].map(([svg]) => svg);
    expect(charts).toHaveLength(3 * 5);
    for (const svg of charts) expect(svg).toMatch(/<title>[^<]+<\/title>\s*<desc>[^<]+<\/desc>/);
  });
});

describe('the figures on the page', () => {
  const data = embedded(page);

  test('come with the summary in full', () => {
    expect(data.summary).toEqual(JSON.parse(JSON.stringify(summarise(record))));
  });

  test('are each equal to the embedded value they name', () => {
    const figures = [...page.matchAll(/<data value="([^"]*)"\s+data-figure="([^"]*)"/g)];
    expect(figures.length).toBeGreaterThan(100);
    for (const [, value, path] of figures) {
      const expected = at(data.summary, path ?? '');
      expect([path, value]).toEqual([path, expected === null ? '' : JSON.stringify(expected)]);
    }
  });

  test('read as the values they stand for', () => {
    const { all } = summarise(record);
    const text = (path: string) =>
      new RegExp(`data-figure="${path}"\\s*>([^<]*)<`).exec(page)?.[1]?.replaceAll('\u00A0', ' ');
    expect(text('all.tasksServed')).toBe(formatNumber(all.tasksServed));
    expect(text('all.wait.p95')).toBe(formatDuration(all.wait?.p95 ?? 0));
    expect(text('all.machineCost')).toBe(`$${all.machineCost?.toFixed(2)}`);
  });
});

describe('the embedded series', () => {
  test('keeps the highest queue of each class', () => {
    const { series } = embedded(page);
    const unclaimed = series.columns.indexOf('unclaimed');
    for (const { resourceClass, samples } of record.classes) {
      const chart = series.charts.find((one) => one.resourceClass === resourceClass);
      const drawn = Math.max(...(chart?.rows.map((row) => row[unclaimed] ?? 0) ?? []));
      expect(drawn).toBe(Math.max(...samples.map((sample) => sample.unclaimed)));
    }
  });

  test('stays small however long the run and however many its classes', () => {
    const samples = Array.from({ length: 3_000 }, (_, index) =>
      sampleAt(record.from + index * 16_000, {
        unclaimed: index % 17,
        running: index % 23,
        desired: index % 31,
        booting: index % 5,
        idle: index % 3,
        busy: index % 23,
        finishing: index % 2,
      }),
    );
    const one = classOf(samples, { max: 40 });
    const classes = Array.from({ length: 10 }, (_, index) => ({
      ...one,
      resourceClass: `a/${index}`,
    }));
    expect(renderPage({ ...record, classes }).length).toBeLessThan(1_500_000);
  });
});

describe('hostile names', () => {
  const hostile = `"><img src=x onerror=alert(1)></script><script>alert('1')</script>&`;
  const [linux] = record.classes;
  const classes = linux ? [{ ...linux, resourceClass: hostile }] : [];
  const attacked = renderPage(
    { ...record, title: hostile, rule: hostile, classes },
    { command: hostile, notes: [hostile] },
  );

  test('open no element', () => {
    expect(attacked).not.toContain('<img');
    expect(attacked.match(/<script/g)).toHaveLength(2);
    expect(attacked.match(/<\/script>/g)).toHaveLength(2);
  });

  test('are kept as text and as data', () => {
    expect(attacked).toContain('<h2>&quot;&gt;&lt;img src=x onerror=alert(1)&gt;');
    expect(at(embedded(attacked).summary, 'classes.0.resourceClass')).toBe(hostile);
  });
});

describe('a record with little in it', () => {
  test('in which nothing happened gives a page that says so', () => {
    const empty = renderPage(emptyRecord());
    expect(empty).toContain('No task waited or ran, and no instance existed.');
    expect(empty).toContain('No task was served, so there is no wait to show.');
    expect(nonsense(empty)).toEqual([]);
  });

  test('leaves the charts of a quiet class out', () => {
    const [quiet] = emptyRecord().classes;
    const page = renderPage({ ...record, classes: quiet ? [...record.classes, quiet] : [] });
    expect(page.match(/<figure class="timeline/g)).toHaveLength(3 * 2);
    expect(page.match(/aria-label="Waits of/g)).toHaveLength(3);
  });

  test('without resource classes gives a page that says so', () => {
    const empty = renderPage({ ...record, classes: [] });
    expect(empty).toContain('The run had no resource class.');
    expect(nonsense(empty)).toEqual([]);
  });

  test('of no length gives a page', () => {
    const moment = renderPage({ ...record, to: record.from });
    expect(nonsense(moment)).toEqual([]);
  });
});

/** What shows that a figure or a coordinate could not be computed; the page's own script aside. */
function nonsense(html: string): readonly string[] {
  const markup = html.slice(0, html.lastIndexOf('<script>'));
  return markup.match(/.{0,30}(?:NaN|Infinity|undefined).{0,30}/g) ?? [];
}

interface Embedded {
  readonly summary: unknown;
  readonly series: {
    readonly columns: readonly string[];
    readonly charts: readonly {
      readonly resourceClass: string;
      readonly rows: readonly (readonly number[])[];
    }[];
  };
}

function embedded(html: string): Embedded {
  const json = /<script type="application\/json" id="record">(.*?)<\/script>/s.exec(html)?.[1];
  return JSON.parse(json ?? 'null') as Embedded;
}

/** The value at a path such as `classes.0.wait.p50`; null where the path ends at a null. */
function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, key) => (inner === null ? null : Reflect.get(Object(inner), key)),
      value,
    );
}
