/** The distribution of waits: one curve per resource class, all on the same axis. */
import { scaleLinear, scaleLog } from 'd3-scale';
import type { RunRecord } from '../record.ts';
import { escapeMarkup, sentenceMarkup } from './escape.ts';
import { formatDuration } from './format.ts';
import { readWaits } from './reading.ts';
import { stepLine } from './step-path.ts';
import type { ClassFigures, Summary } from './summary.ts';
import { percent, timeLabels } from './timeline-figure.ts';
import type { Tick } from './timeline.ts';
import { percentile, sortedWaits, waitCurve } from './waits.ts';

const WIDTH = 1000;
const HEIGHT = 120;
/** Room for a label such as `30 min` where two charts stand side by side. */
const LABEL_WIDTH = 150;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Round lengths of time in seconds, the ticks of the logarithmic axis. */
const ROUND_WAITS: readonly number[] = [
  [1, 2, 5, 10, 20, 30],
  [1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE),
  [1, 2, 4, 8].map((hours) => hours * HOUR),
  [1, 2, 7, 30].map((days) => days * DAY),
].flat();
/** The marks of a curve, told apart by shape. */
const MARKS = ['p50', 'p95', 'p99'] as const;
const LEVELS = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

export function waitsFigures(record: RunRecord, summary: Summary, points: number): string {
  const axis = waitAxis(record);
  return record.classes
    .map((one, index) => {
      const figures = summary.classes[index];
      return figures ? waitsFigure(figures, { waits: one.waits, axis, points, index }) : '';
    })
    .join('\n');
}

interface Curve {
  readonly waits: readonly number[];
  readonly axis: ReturnType<typeof waitAxis>;
  readonly points: number;
  readonly index: number;
}

function waitsFigure(figures: ClassFigures, { waits, axis, points, index }: Curve): string {
  const { resourceClass, wait } = figures;
  const share = scaleLinear().domain([0, 1]).range([HEIGHT, 0]);
  const curve = waitCurve(waits, points).map((point) => ({
    x: axis.x(point.seconds),
    y: share(point.share),
  }));
  const path = stepLine([{ x: 0, y: HEIGHT }, ...curve], WIDTH);
  const grid =
    axis.ticks.map(({ position }) => `M${position.toFixed(1)} 0V${HEIGHT}`).join('') +
    [0, 0.5, 1].map((value) => `M0 ${share(value)}H${WIDTH}`).join('');
  const reading = readWaits(figures);
  const label = escapeMarkup(`Waits of ${resourceClass}: share of tasks against time waited`);
  const heading = `<figure class="waits" data-class="${index}">\n<h3>${escapeMarkup(resourceClass)}</h3>`;
  const caption = `<figcaption>${sentenceMarkup(reading)}</figcaption>\n</figure>`;
  if (wait === null) return heading + caption;
  const marks = MARKS.map((mark) => {
    const [left, top] = [axis.x(wait[mark]) / WIDTH, 1 - LEVELS[mark]];
    return `<i class="mark ${mark}" style="left:${percent(left * 100)};top:${percent(top * 100)}"></i>`;
  });
  const legend = MARKS.map(
    (mark) =>
      `<li><i class="mark ${mark}"></i>${mark} <data value="${wait[mark]}" ` +
      `data-figure="classes.${index}.wait.${mark}">${sentenceMarkup(formatDuration(wait[mark]))}</data></li>`,
  );
  return `${heading}<div class="legend"><ul aria-label="Legend">${legend.join('')}</ul></div>
<div class="chart"><div class="panel" style="--height:${HEIGHT}px"><p class="panel-heading">share of tasks</p>
<div class="value-axis" aria-hidden="true"><span style="top:0">100 %</span><span style="top:50%">50 %</span><span style="top:100%">0 %</span></div>
<div class="plot-frame"><svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}"><title>${label}</title><desc>${escapeMarkup(reading)}</desc>
<path class="grid" d="${grid}"/><path class="area waited" d="${path}V${HEIGHT}Z"/><path class="line waited" d="${path}"/></svg>${marks.join('')}</div></div>
<div class="time-axis" aria-hidden="true">${timeLabels(axis.labels, WIDTH)}</div></div>
${caption}`;
}

/**
 * A logarithmic axis over all classes, from the round length below the fifth percentile to the one
 * above the longest wait. Waits below its beginning, such as 0 s, are drawn at the edge.
 */
export function waitAxis({ classes }: Pick<RunRecord, 'classes'>) {
  const sorted = classes.map(({ waits }) => sortedWaits(waits)).filter(({ length }) => length > 0);
  const longest = Math.max(10, ...sorted.map((waits) => percentile(waits, 100)));
  const short = Math.min(longest / 5, ...sorted.map((waits) => percentile(waits, 5)));
  const to = ROUND_WAITS.find((tick) => tick >= longest) ?? longest;
  const from = ROUND_WAITS.findLast((tick) => tick <= short) ?? 1;
  const scale = scaleLog().domain([from, to]).range([0, WIDTH]).clamp(true);
  const ticks = ROUND_WAITS.filter((tick) => tick >= from && tick <= to).map((tick) => ({
    position: scale(tick),
    label: formatDuration(tick),
  }));
  return { x: (seconds: number) => scale(Math.max(seconds, from)), ticks, labels: apart(ticks) };
}

/** The ticks that have room for their labels, taken from the right, where the ends of waits lie. */
function apart(ticks: readonly Tick[]): readonly Tick[] {
  let room = Infinity;
  return ticks
    .toReversed()
    .filter(({ position }) => {
      if (position > room) return false;
      room = position - LABEL_WIDTH;
      return true;
    })
    .reverse();
}
