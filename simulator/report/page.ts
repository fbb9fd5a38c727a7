/**
 * The page of a run: one HTML file with nothing to load, for screen, phone and paper. Its charts are drawn
 * when it is written; its script only reads values out under the pointer.
 */
import type { RunRecord } from '../record.ts';
import { type Answer, answerOf } from './answer.ts';
import { answerSection } from './answer-section.ts';
import { PAGE_SCRIPT, renderDocument } from './document.ts';
import { escapeMarkup, sentenceMarkup } from './escape.ts';
import { counted, formatPeriod } from './format.ts';
import { classFigures, figuresTable, tiles } from './page-figures.ts';
import { type Summary, summarise } from './summary.ts';
import { timelineFigure } from './timeline-figure.ts';
import { isQuiet, readTimeline } from './reading.ts';
import { type View, viewsOf } from './views.ts';
import { waitsFigures } from './waits-figure.ts';

export interface PageOptions {
  /** The command that repeats the run. Default: not shown. */
  readonly command?: string;
  /** What the reader decides on. Default: what the record alone says. */
  readonly answer?: Answer;
  /** Sentences about what of the workload was not run. Default: none. */
  readonly leftOut?: readonly string[];
  /** Sentences about how the run was made, for example its boot times and prices. Default: none. */
  readonly notes?: readonly string[];
}

/** Points of all charts together, two charts per class; keeps a page of many classes below about 1.5 MB. */
const POINTS_PER_PAGE = 10_000;
const POINTS_PER_CHART = 1000;

export function renderPage(record: RunRecord, options: PageOptions = {}): string {
  const summary = summarise(record);
  const { answer = answerOf(record), leftOut = [] } = options;
  const points = Math.min(
    POINTS_PER_CHART,
    Math.floor(POINTS_PER_PAGE / Math.max(2 * record.classes.length, 1)),
  );
  const charts: ChartData[] = [];
  const sections = record.classes.map((one, index) => {
    const views = isQuiet(one) ? [] : viewsOf(one, record, points);
    const figures = views.map((view) => {
      const chart = charts.push(chartData(view, record.from)) - 1;
      return timelineFigure(view, { chart });
    });
    return `<section>
<h2>${escapeMarkup(one.resourceClass)}</h2>
${classFigures(summary, index)}
${figures.join('\n') || `<p>${readTimeline(one, record)}</p>`}
</section>`;
  });
  return renderDocument({
    title: escapeMarkup(record.title),
    script: PAGE_SCRIPT,
    data: { summary, answer, series: { columns: COLUMNS, charts } },
    main: `${header(record, leftOut)}
${answerSection(answer)}
${tiles(summary)}
${record.classes.length === 0 ? '<p>The run had no resource class.</p>' : ''}
${sections.join('\n')}
<section><h2>How long tasks waited</h2>
<p class="note">From release to claim, on a logarithmic axis: the curve gives the share of tasks that waited that long or less.</p>
<div class="waits-grid">${waitsFigures(record, summary, Math.min(points, 300))}</div></section>
<section><h2>All figures</h2>
${figuresTable(summary)}</section>
${about(summary, options)}`,
  });
}

/** The fields of a row of the embedded series; `at` is in seconds since the run's beginning. */
const COLUMNS = [
  ...(['at', 'unclaimed', 'running', 'desired'] as const),
  ...(['booting', 'idle', 'busy', 'finishing'] as const),
];

/** The series of one chart, as drawn. */
interface ChartData {
  readonly resourceClass: string;
  readonly max: number;
  /** Seconds since the run's beginning. */
  readonly from: number;
  readonly to: number;
  readonly rows: readonly (readonly number[])[];
}

function chartData({ one, from, to, drawn }: View, start: number): ChartData {
  const seconds = (at: number) => (at - start) / 1000;
  return {
    resourceClass: one.resourceClass,
    max: one.max,
    from: seconds(from),
    to: seconds(to),
    rows: drawn.map((sample) =>
      COLUMNS.map((key) => (key === 'at' ? seconds(sample.at) : sample[key])),
    ),
  };
}

function header(record: RunRecord, leftOut: readonly string[]): string {
  const stopped = record.interrupted
    ? '<p class="notice">This run was stopped before the last task was served. The figures cover what was seen until then.</p>'
    : '';
  const ignored =
    leftOut.length === 0
      ? ''
      : `<div class="notice"><p>Not in the figures:</p><ul>${leftOut.map((said) => `<li>${sentenceMarkup(said)}</li>`).join('')}</ul></div>`;
  return `<header><p class="badge">Simulation</p><h1>${escapeMarkup(record.title)}</h1>
<p>Rule <strong>${escapeMarkup(record.rule)}</strong>, seed <strong>${record.seed}</strong>, ${escapeMarkup(formatPeriod(record.from, record.to))}. Queue, instances and the clock are simulated; nothing here was measured on AWS or CircleCI.</p>${stopped}${ignored}</header>`;
}

function about(summary: Summary, { command, notes = [] }: PageOptions): string {
  const failed =
    summary.failedPasses > 0 ? `, of which ${counted(summary.failedPasses, 'pass')} failed` : '';
  const sentences = [
    `The scaler ran ${counted(summary.invocations, 'invocation')} with ${counted(summary.passes, 'pass')}${failed}.`,
    'All times are virtual and in UTC. A wait runs from the moment a task is released until a runner claims it; percentiles are by nearest rank.',
    'Instances are busy with a task, idle with an agent that has none, booting until the agent starts, and finishing from the end of the task until the machine is gone. Demand is waiting and running tasks together.',
    'Lines have been reduced for drawing where they had too many points; peaks and dips are kept. Figures are from all of the data.',
    ...notes,
  ];
  return `<section class="about"><h2>About this run</h2>
<ul>${sentences.map((sentence) => `<li>${sentenceMarkup(sentence)}</li>`).join('')}</ul>
${command === undefined ? '' : `<p>To repeat it: <code>${escapeMarkup(command)}</code></p>`}</section>`;
}
