/** A chart with its axes as HTML: text is never scaled, whatever the width. */
import { escapeMarkup } from '../../report/escape.ts';
import type { Tick } from '../../report/timeline.ts';
import { percent, timeLabels } from '../../report/timeline-figure.ts';

interface Plot {
  /** Units of the drawing; the height is also that on the screen, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly heading: string;
  /** What the chart shows, for those who cannot see it. */
  readonly label: string;
  /** SVG markup. */
  readonly shapes: string;
  readonly rows: readonly Tick[];
  readonly columns: readonly Tick[];
}

export function plotMarkup({ width, height, heading, shapes, rows, columns, ...plot }: Plot) {
  const label = escapeMarkup(plot.label);
  const values = rows.map(
    (row) => `<span style="top:${percent((row.position / height) * 100)}">${row.label}</span>`,
  );
  return `<div class="chart"><div class="panel" style="--height:${height}px"><p class="panel-heading">${escapeMarkup(heading)}</p>
<div class="value-axis" aria-hidden="true">${values.join('')}</div>
<svg class="plot" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}"><title>${label}</title>${shapes}</svg></div>
<div class="time-axis" aria-hidden="true">${timeLabels(columns, width)}</div></div>`;
}
