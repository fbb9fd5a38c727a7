/** The distributions of waits of all configs, on one axis. */
import { scaleLinear } from 'd3-scale';
import { escapeMarkup, sentenceMarkup } from '../../report/escape.ts';
import { formatDuration } from '../../report/format.ts';
import { gridPath } from '../../report/marks.ts';
import { stepLine } from '../../report/step-path.ts';
import { waitCurve } from '../../report/waits.ts';
import { waitAxis } from '../../report/waits-figure.ts';
import { plotMarkup } from './plot.ts';
import type { NamedRun } from './what-if.ts';

const WIDTH = 1000;
const HEIGHT = 240;
const POINTS = 400;

export function waitsPlot(runs: readonly NamedRun[]): string {
  const axis = waitAxis({ classes: runs.flatMap(({ record }) => record.classes) });
  const share = scaleLinear().domain([0, 1]).range([HEIGHT, 0]);
  const lines = runs.map(({ record }, index) => {
    const waits = record.classes.flatMap((one) => one.waits);
    const curve = waitCurve(waits, POINTS).map((point) => ({
      x: axis.x(point.seconds),
      y: share(point.share),
    }));
    return curve.length === 0
      ? ''
      : `<path class="line config-${index}" d="${stepLine([{ x: 0, y: HEIGHT }, ...curve], WIDTH)}"/>`;
  });
  const rows = [0, 0.25, 0.5, 0.75, 1].map((value) => ({
    position: share(value),
    label: `${value * 100} %`,
  }));
  const grid = gridPath({ width: WIDTH, height: HEIGHT, rows, columns: axis.ticks });
  const legend = runs.map(
    ({ name }, index) =>
      `<li><svg class="key" viewBox="0 0 18 12" aria-hidden="true"><path class="line config-${index}" d="M0 6h18"/></svg>${escapeMarkup(name)}</li>`,
  );
  const said = runs.map(({ name, figures }) => saidOf(name, figures));
  return `<figure class="waits">
<div class="legend"><ul aria-label="Legend">${legend.join('')}</ul></div>
${plotMarkup({
  width: WIDTH,
  height: HEIGHT,
  heading: 'share of tasks',
  label: 'Waits per config: share of tasks against time waited',
  shapes: `<path class="grid" d="${grid}"/>${lines.join('')}`,
  rows,
  columns: axis.labels,
})}
<figcaption>${said.map((sentence) => sentenceMarkup(sentence)).join(' ')}</figcaption>
</figure>`;
}

function saidOf(name: string, { waitP50, waitP95 }: NamedRun['figures']): string {
  if (waitP50 === null || waitP95 === null) return `${name}: no task was served.`;
  return `${name}: half within ${formatDuration(waitP50)}, 95 % within ${formatDuration(waitP95)}.`;
}
