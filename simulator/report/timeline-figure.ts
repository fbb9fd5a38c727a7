/** The chart over time of one resource class, as HTML that fits every width: text is never scaled. */
import { escapeMarkup, sentenceMarkup } from './escape.ts';
import { formatPeriod } from './format.ts';
import { readBusiest, readTimeline } from './reading.ts';
import { LEGEND, gridPath, keyMarkup, shapeMarkup } from './marks.ts';
import { type Panel, type Tick, maxInSight, timeline } from './timeline.ts';
import type { View } from './views.ts';

export function timelineFigure(
  { kind, from, to, one, drawn }: View,
  options: { readonly chart: number },
): string {
  const chart = timeline(one, {
    from,
    to,
    drawn,
    width: 1000,
    fleetHeight: 240,
    queueHeight: 64,
    timeTicks: 12,
  });
  const period = { from, to };
  const reading = kind === 'run' ? readTimeline(one, period) : readBusiest(one, period);
  const name = escapeMarkup(one.resourceClass);
  const range = formatPeriod(from, to);
  const describe = (what: string) => ({
    title: escapeMarkup(`${what} of ${one.resourceClass}, ${range}`),
    text: escapeMarkup(reading),
  });
  return `<figure class="timeline ${kind}" data-chart="${options.chart}">
<div class="legend"><output class="moment">${escapeMarkup(range)}</output>
<ul aria-label="Legend">${LEGEND.filter(({ field }) => field !== 'max' || maxInSight(one))
    .map(
      (entry) =>
        `<li><svg class="key" viewBox="0 0 18 12" aria-hidden="true">${keyMarkup(entry)}</svg>` +
        `${entry.label}<b data-field="${entry.field}"></b></li>`,
    )
    .join('')}</ul></div>
<div class="chart-scroll"><div class="chart" tabindex="0" role="group" aria-label="Charts over time of ${name}">
${panel(chart.fleet, { width: chart.width, heading: 'instances and tasks', ticks: chart.ticks, ...describe('Instances by state, desired capacity and demand') })}
${panel(chart.queue, { width: chart.width, heading: 'waiting tasks', ticks: chart.ticks, ...describe('Waiting tasks') })}
<div class="time-axis" aria-hidden="true">${timeLabels(chart.ticks, chart.width)}</div>
<div class="cursor" hidden></div>
</div></div>
<figcaption>${sentenceMarkup(reading)}</figcaption>
</figure>`;
}

/** Labels a narrow screen has room for. */
const NARROW_LABELS = 5;

/** Labels of a horizontal axis; on a narrow screen only every second, third, … of them. */
export function timeLabels(ticks: readonly Tick[], width: number): string {
  const stride = Math.ceil(ticks.length / NARROW_LABELS);
  return ticks
    .map(({ position, label }, index) => {
      const share = (position / width) * 100;
      // The last label would reach beyond the edge; before the first there is room.
      const side = share > 97 ? ' last' : '';
      const style = `left:${percent(share)}`;
      return `<span class="${index % stride === 0 ? 'major' : 'minor'}${side}" style="${style}">${label}</span>`;
    })
    .join('');
}

/** A share of 100 as a CSS percentage. */
export function percent(value: number): string {
  return `${Number(value.toFixed(2))}%`;
}

interface PanelText {
  readonly width: number;
  readonly heading: string;
  readonly ticks: readonly Tick[];
  readonly title: string;
  readonly text: string;
}

function panel({ height, ticks, shapes }: Panel, text: PanelText): string {
  const grid = gridPath({ width: text.width, height, rows: ticks, columns: text.ticks });
  const labels = ticks.map(
    ({ position, label }) =>
      `<span style="top:${percent((position / height) * 100)}">${label}</span>`,
  );
  return `<div class="panel" style="--height:${height}px"><p class="panel-heading">${text.heading}</p>
<div class="value-axis" aria-hidden="true">${labels.join('')}</div>
<svg class="plot" viewBox="0 0 ${text.width} ${height}" preserveAspectRatio="none" role="img" aria-label="${text.title}"><title>${text.title}</title><desc>${text.text}</desc>
<path class="grid" d="${grid}"/>${shapes.map(shapeMarkup).join('')}</svg></div>`;
}
