/** One chart as a separate file, for a README: queue and instances of a class over the whole run. */
import type { RunRecord } from '../record.ts';
import { escapeMarkup } from './escape.ts';
import { formatPeriod } from './format.ts';
import { HATCHING, LEGEND, gridPath, keyMarkup, shapeMarkup } from './marks.ts';
import { readTimeline } from './reading.ts';
import { downsample } from './series.ts';
import { CHART_STYLE, colourStyle } from './style.ts';
import { type Panel, type Timeline, maxInSight, timeline } from './timeline.ts';

/** Units of the drawing; at a width of 960 pixels they are pixels. */
const WIDTH = 960;
const HEIGHT = 476;
const LEFT = 56;
const FLEET_Y = 116;
const QUEUE_Y = 376;
const PLOT_WIDTH = WIDTH - LEFT - 24;
const TEXT_STYLE =
  'text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;fill:var(--muted)}' +
  '.title{font-size:17px;font-weight:600;fill:var(--ink)}.value{text-anchor:end}.time{text-anchor:middle}' +
  '.ground{fill:var(--surface);stroke:var(--rule)}' +
  '.line.desired,.line.demand{stroke-width:1px}';

/**
 * A stand-alone SVG file, light or dark as the viewer prefers, with its own background.
 *
 * @throws Error when the record has no such resource class
 */
export function renderChartSvg(record: RunRecord, resourceClass: string): string {
  const one = record.classes.find((candidate) => candidate.resourceClass === resourceClass);
  if (one === undefined) {
    const known = record.classes.map((candidate) => candidate.resourceClass).join(', ') || 'none';
    throw new Error(
      `no resource class ${JSON.stringify(resourceClass)} in the record; it has: ${known}`,
    );
  }
  const chart = timeline(one, {
    from: record.from,
    to: record.to,
    drawn: downsample(one.samples, 1000),
    width: PLOT_WIDTH,
    fleetHeight: 220,
    queueHeight: 60,
    timeTicks: 10,
  });
  const legend = LEGEND.filter(({ field }) => field !== 'max' || maxInSight(one));
  const title = escapeMarkup(`Runners of ${resourceClass} in a simulation`);
  const period = escapeMarkup(
    `${record.title}, ${formatPeriod(record.from, record.to)}, rule ${record.rule}, seed ${record.seed}`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title desc">
<title id="title">${title}</title>
<desc id="desc">${escapeMarkup(readTimeline(one, record))}</desc>
<style>${colourStyle('svg')}${CHART_STYLE}${TEXT_STYLE}</style>
<defs>${HATCHING}<clipPath id="fleet"><rect width="${PLOT_WIDTH}" height="${chart.fleet.height}"/></clipPath></defs>
<rect class="ground" x=".5" y=".5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8"/>
<text class="title" x="20" y="32">${title}</text>
<text x="20" y="54">${period}</text>
<g transform="translate(20 66)">${legendMarkup(legend)}</g>
<text x="20" y="${FLEET_Y - 12}">instances and tasks</text>
<g transform="translate(${LEFT} ${FLEET_Y})" clip-path="url(#fleet)">${plot(chart.fleet, chart)}</g>
${valueLabels(chart.fleet, FLEET_Y)}
<text x="20" y="${QUEUE_Y - 12}">waiting tasks</text>
<g transform="translate(${LEFT} ${QUEUE_Y})">${plot(chart.queue, chart)}</g>
${valueLabels(chart.queue, QUEUE_Y)}
${timeLabels(chart)}
</svg>
`;
}

function plot(panel: Panel, { width, ticks }: Timeline): string {
  const grid = gridPath({ width, height: panel.height, rows: panel.ticks, columns: ticks });
  return `<path class="grid" d="${grid}"/>${panel.shapes.map(shapeMarkup).join('')}`;
}

function valueLabels({ ticks }: Panel, y: number): string {
  return ticks
    .map(
      ({ position, label }) =>
        `<text class="value" x="${LEFT - 8}" y="${(y + position + 4.5).toFixed(1)}">${label}</text>`,
    )
    .join('');
}

function timeLabels({ ticks, queue }: Timeline): string {
  return ticks
    .map(
      ({ position, label }) =>
        `<text class="time" x="${(LEFT + position).toFixed(1)}" y="${QUEUE_Y + queue.height + 20}">${label}</text>`,
    )
    .join('');
}

/** Entries in a row. Nothing here can measure text, so its width is estimated for a wide font. */
function legendMarkup(entries: readonly (typeof LEGEND)[number][]): string {
  let x = 0;
  return entries
    .map((entry) => {
      const at = x;
      x += 18 + 6 + textWidth(entry.label) + 20;
      return `<g transform="translate(${at.toFixed(1)})">${keyMarkup(entry)}<text x="24" y="10.5">${entry.label}</text></g>`;
    })
    .join('');
}

function textWidth(text: string): number {
  const widths = Array.from(text, (letter) =>
    'mw'.includes(letter) ? 12.5 : 'filt '.includes(letter) ? 4.5 : 8.2,
  );
  return widths.reduce((sum, width) => sum + width, 0);
}
