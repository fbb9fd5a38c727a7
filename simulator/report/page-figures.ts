/** The figures of the page, each with its exact value and its path in the embedded summary. */
import { escapeMarkup, sentenceMarkup } from './escape.ts';
import {
  NOTHING,
  counted,
  formatDollars,
  formatDuration,
  formatNumber,
  formatShare,
} from './format.ts';
import type { Figures, Summary } from './summary.ts';

type Value = number | null | undefined;

/** One figure: the value at `path` of the summary, as text, with the exact value beside it. */
function figure(path: string, value: Value, format: (value: number) => string): string {
  return value === null || value === undefined
    ? `<data value="" data-figure="${path}">${NOTHING}</data>`
    : `<data value="${value}" data-figure="${path}">${sentenceMarkup(format(value))}</data>`;
}

/** The run in a row of tiles. */
export function tiles({ all, calls }: Summary): string {
  const tile = (label: string, value: string, note: string) =>
    `<div class="tile"><dt>${label}</dt><dd>${value}</dd><dd class="tile-note">${note}</dd></div>`;
  const busy =
    all.instanceHours > 0
      ? `${formatShare(all.busyHours / all.instanceHours)} of them busy`
      : NOTHING;
  const arrived = figure('all.tasksArrived', all.tasksArrived, (count) => formatNumber(count));
  const mean = figure('all.wait.mean', all.wait?.mean, formatDuration);
  const longest = figure('all.wait.max', all.wait?.max, formatDuration);
  const unused = figure(
    'all.neverUsed',
    all.neverUsed,
    (count) => `${formatNumber(count)} never used`,
  );
  const writes = figure('calls.capacityWrites', calls.capacityWrites, (count) =>
    counted(count, 'capacity write'),
  );
  return `<dl class="tiles">${[
    tile(
      'Tasks served',
      figure('all.tasksServed', all.tasksServed, formatNumber),
      `of ${arrived} arrived`,
    ),
    tile('Median wait', figure('all.wait.p50', all.wait?.p50, formatDuration), `mean ${mean}`),
    tile(
      '95 % waited at most',
      figure('all.wait.p95', all.wait?.p95, formatDuration),
      `longest ${longest}`,
    ),
    tile('Instance hours', figure('all.instanceHours', all.instanceHours, tenths), busy),
    tile(
      'Launches per task',
      figure('all.launchesPerTask', all.launchesPerTask, thousandths),
      unused,
    ),
    tile(
      'Peak instances',
      figure('all.peakInstances', all.peakInstances, formatNumber),
      'at one moment',
    ),
    tile('API calls', figure('calls.total', calls.total, formatNumber), writes),
    tile('Machine cost', figure('all.machineCost', all.machineCost, formatDollars), 'estimated'),
  ].join('')}</dl>`;
}

/** The figures of one resource class, in a line above its chart. */
export function classFigures(summary: Summary, index: number): string {
  const one = summary.classes[index];
  if (one === undefined) return '';
  const at = (path: string) => `classes.${index}.${path}`;
  const items = [
    ['served', figure(at('tasksServed'), one.tasksServed, formatNumber)],
    ['wait p50', figure(at('wait.p50'), one.wait?.p50, formatDuration)],
    ['p95', figure(at('wait.p95'), one.wait?.p95, formatDuration)],
    ['longest', figure(at('wait.max'), one.wait?.max, formatDuration)],
    ['instance hours', figure(at('instanceHours'), one.instanceHours, tenths)],
    ['peak', figure(at('peakInstances'), one.peakInstances, formatNumber)],
    ['launches per task', figure(at('launchesPerTask'), one.launchesPerTask, thousandths)],
    ['cost', figure(at('machineCost'), one.machineCost, formatDollars)],
  ];
  return `<dl class="class-figures">${items
    .map(([label, value]) => `<div><dt>${label}</dt><dd>${value}</dd></div>`)
    .join('')}</dl>`;
}

interface Row {
  readonly label: string;
  /** Path of the value within the figures of a class. */
  readonly path: string;
  readonly value: (figures: Figures) => Value;
  readonly format: (value: number) => string;
}

/** Every figure of every class and of all together. */
export function figuresTable(summary: Summary): string {
  const columns = [
    { name: 'all', path: 'all', figures: summary.all },
    ...summary.classes.map((figures, index) => ({
      name: figures.resourceClass,
      path: `classes.${index}`,
      figures: figures as Figures,
    })),
  ];
  const rows = ROWS.map(
    ({ label, path, value, format }) =>
      `<tr><th scope="row">${label}</th>${columns
        .map((one) => `<td>${figure(`${one.path}.${path}`, value(one.figures), format)}</td>`)
        .join('')}</tr>`,
  );
  const heads = columns.map(({ name }) => `<th scope="col">${escapeMarkup(name)}</th>`);
  return `<div class="scroll" tabindex="0" role="region" aria-label="All figures">
<table><thead><tr><td></td>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>
${callsTable(summary)}`;
}

function callsTable({ calls }: Summary): string {
  const kinds = [
    ['demand reads', 'demandReads'],
    ['describes', 'describes'],
    ['capacity writes', 'capacityWrites'],
    ['other', 'other'],
    ['total', 'total'],
  ] as const;
  return `<div class="scroll" tabindex="0" role="region" aria-label="API calls"><table><thead><tr><td></td><th scope="col">API calls</th></tr></thead><tbody>${kinds
    .map(
      ([label, key]) =>
        `<tr><th scope="row">${label}</th><td>${figure(`calls.${key}`, calls[key], formatNumber)}</td></tr>`,
    )
    .join('')}</tbody></table></div>`;
}

const tenths = (value: number) => formatNumber(value, 1);
const thousandths = (value: number) => formatNumber(value, 3);
const whole = (value: number) => formatNumber(value);
const waitRow = (key: 'mean' | 'p50' | 'p95' | 'p99' | 'max'): Row => ({
  label: `wait ${key} (s)`,
  path: `wait.${key}`,
  value: (figures) => figures.wait?.[key],
  format: tenths,
});
const row = (
  label: string,
  path: Exclude<keyof Figures, 'wait'>,
  format: (value: number) => string,
): Row => ({ label, path, value: (figures) => figures[path], format });

const ROWS: readonly Row[] = [
  row('tasks arrived', 'tasksArrived', whole),
  row('tasks served', 'tasksServed', whole),
  row('tasks cancelled', 'tasksCancelled', whole),
  row('tasks killed', 'tasksKilled', whole),
  ...(['mean', 'p50', 'p95', 'p99', 'max'] as const).map(waitRow),
  row('instance hours', 'instanceHours', tenths),
  row('busy hours', 'busyHours', tenths),
  row('idle hours', 'idleHours', tenths),
  row('boot and finish hours', 'overheadHours', tenths),
  row('launches', 'launches', whole),
  row('launches per task served', 'launchesPerTask', thousandths),
  row('instances never used', 'neverUsed', whole),
  row('pending cancels', 'pendingCancels', whole),
  row('peak instances', 'peakInstances', whole),
  row('machine cost, estimated (USD)', 'machineCost', (value) => formatNumber(value, 2)),
];
