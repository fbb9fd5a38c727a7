/**
 * Draws a dashboard from its JSON with the data of a run, roughly as CloudWatch lays it out: to look at it without an
 * account. What log widgets show is a table here, also where CloudWatch draws a line.
 */
import { insights } from '../../lib/monitoring/insights.ts';
import { metricKey } from '../../../simulator/monitoring/emf.ts';
import type { Statistic } from '../../../simulator/monitoring/metric-store.ts';
import type { Watched } from '../../../simulator/monitoring/watched-run.ts';

export interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly query?: string;
    readonly alarms?: readonly unknown[];
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

interface Look {
  readonly stat?: Statistic;
  readonly label?: string;
  readonly color?: string;
  readonly yAxis?: 'left' | 'right';
}

const COLUMN = 60;
const ROW = 42;
const STEP_MS = 5 * 60_000;
const PALETTE = ['#1f77b4', '#d62728', '#9467bd', '#8c564b'];

/** @param states of the alarms, by name */
export function drawDashboard(
  widgets: readonly Widget[],
  watched: Watched,
  states: ReadonlyMap<string, string>,
): string {
  const boxes = widgets.map((widget) => {
    const { x, y, width, height, properties } = widget;
    const place = `left:${x * COLUMN}px;top:${y * ROW}px;width:${width * COLUMN - 8}px;height:${height * ROW - 8}px`;
    return `<section style="${place}"><h3>${escaped(properties.title ?? '')}</h3>${contents(widget, watched, states)}</section>`;
  });
  return `<!doctype html><meta charset="utf-8"><style>
body{font:11px sans-serif;background:#f4f4f4}section{position:absolute;background:#fff;border:1px solid #ddd;overflow:hidden;padding:2px 4px;box-sizing:border-box}
h3{font-size:12px;margin:2px 0}td,th{padding:1px 6px 1px 0;text-align:left;white-space:nowrap;font-size:10px}</style>${boxes.join('')}`;
}

function contents(
  { type, width, height, properties }: Widget,
  watched: Watched,
  states: ReadonlyMap<string, string>,
): string {
  if (type === 'text')
    return `<pre style="white-space:pre-wrap">${escaped(properties.markdown ?? '')}</pre>`;
  if (type === 'alarm') {
    return [...states]
      .map(
        ([name, state]) =>
          `<div>${state === 'ALARM' ? '&#9650; ' : '&#10003; '}${escaped(name)}: ${state}</div>`,
      )
      .join('');
  }
  if (type === 'log') return table(answer(properties.query ?? '', watched.lines));
  return graph(properties.metrics ?? [], watched, {
    width: width * COLUMN - 20,
    height: height * ROW - 70,
  });
}

function graph(
  metrics: readonly (readonly unknown[])[],
  { store, from, to }: Watched,
  size: { readonly width: number; readonly height: number },
): string {
  const lines = metrics.map((parts, index) => {
    const texts = parts.filter((part) => typeof part === 'string');
    const look = (parts.find((part) => typeof part === 'object') ?? {}) as Look;
    const [namespace = '', name = '', ...rest] = texts;
    const dimensions: Record<string, string> = {};
    for (let at = 0; at + 1 < rest.length; at += 2) dimensions[rest[at] ?? ''] = rest[at + 1] ?? '';
    const key = metricKey(namespace, name, dimensions);
    const points: { readonly at: number; readonly value: number | undefined }[] = [];
    for (let at = from; at < to; at += STEP_MS) {
      points.push({
        at,
        value: store.value(key, look.stat ?? 'Average', { from: at, to: at + STEP_MS }),
      });
    }
    return { name: look.label ?? name, color: look.color ?? PALETTE[index] ?? '#333', points };
  });
  const most = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ value }) => value ?? 0)));
  const drawn = lines.map(({ color, points }) => {
    let path = '';
    let pen = 'M';
    for (const { at, value } of points) {
      if (value === undefined) {
        pen = 'M';
        continue;
      }
      const x = (size.width * (at - from)) / (to - from);
      const y = size.height * (1 - value / most);
      // A single point is a dot, as CloudWatch draws it.
      path += `${pen}${x.toFixed(1)},${y.toFixed(1)}${pen === 'M' ? 'h1' : ''}`;
      pen = 'L';
    }
    return `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
  });
  const legend = lines.map(({ name, color, points }) => {
    const hasData = points.some(({ value }) => value !== undefined);
    return `<span style="color:${color}">&#9632; ${escaped(name)}${hasData ? '' : ' (no data)'}</span>`;
  });
  return `<div>0 to ${most}</div><svg width="${size.width}" height="${size.height}" style="border-left:1px solid #999;border-bottom:1px solid #999">${drawn.join('')}</svg><div>${legend.join(' ')}</div>`;
}

type Row = Readonly<Record<string, unknown>>;

/** Rows of a table that are seen without scrolling. */
const SEEN_ROWS = 8;

function answer(query: string, log: readonly string[]): readonly Row[] {
  return insights(query.slice(query.indexOf(' | ') + ' | '.length), log).slice(0, SEEN_ROWS);
}

function table(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return 'nothing';
  const head = Object.keys(first).map((name) => `<th>${escaped(name)}</th>`);
  const body = rows.map(
    (row) =>
      `<tr>${Object.values(row)
        .map((value) => `<td>${escaped(String(value))}</td>`)
        .join('')}</tr>`,
  );
  return `<table><tr>${head.join('')}</tr>${body.join('')}</table>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
