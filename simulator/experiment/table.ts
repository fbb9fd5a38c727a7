/** Cases side by side: one row each, its figures over the seeds. */
import { sum } from 'd3-array';
import { type Estimate, estimate } from './statistics.ts';
import { NOTHING, formatNumber } from '../report/format.ts';
import type { Case, Experiment } from './case.ts';
import type { Trial } from './trial.ts';

export interface Table extends Experiment {
  /** What the first columns are; as many as each case's name has parts. */
  readonly labels: readonly string[];
  readonly columns: readonly Column[];
  /** Whether every hold-back is listed below. Default: no. */
  readonly listsHoldings?: boolean;
}

export interface Column {
  readonly heading: string;
  readonly decimals: number;
  /** The figure of one run, held against the run of `against` with the same seed where it compares. */
  readonly of: (trial: Trial, base: Trial) => number;
  /** Whether half the 95 % confidence interval is shown. Default: no. */
  readonly sure?: boolean;
  /** What is shown of the runs. Default: their mean. */
  readonly over?: 'sum' | 'most';
}

/** @template E what was run, for example a table */
export interface Filled<E extends Experiment = Table> {
  readonly table: E;
  /** For each seed one trial per case, in their order. */
  readonly cells: readonly (readonly Trial[])[];
}

/** @throws RangeError when a case is held against one that is not in the table */
export function valueOf(filled: Filled, one: Case, column: Column): Estimate {
  const base = trialsOf(filled, baseOf(filled.table, one));
  const values = trialsOf(filled, one).map((trial, index) => {
    const other = base[index];
    if (other === undefined) throw new RangeError(`run ${index} of ${one.name.join()} has no pair`);
    return column.of(trial, other);
  });
  if (column.over === undefined) return estimate(values);
  const mean = column.over === 'sum' ? sum(values) : Math.max(...values);
  return { mean, halfWidth: null };
}

/** The trials of a case, in the order of the seeds. */
export function trialsOf({ table, cells }: Filled<Experiment>, one: Case): readonly Trial[] {
  const place = table.cases.indexOf(one);
  return cells.flatMap((trials) => trials[place] ?? []);
}

function baseOf({ cases, title }: Table, { against }: Case): Case {
  const found =
    against === undefined
      ? cases[0]
      : cases.find(({ name }) => against.every((text, place) => name[place] === text));
  if (found === undefined) {
    throw new RangeError(`${title}: no case is ${JSON.stringify(against)}`);
  }
  return found;
}

export function markdownOf(filled: Filled): string {
  const { table } = filled;
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const lines = table.cases.map((one) => {
    const left = trialsOf(filled, one).some(({ finished }) => !finished) ? ' (tasks left)' : '';
    const [first = '', ...others] = one.name;
    return row([
      `${first}${left}`,
      ...others,
      ...table.columns.map((column) => textOf(valueOf(filled, one, column), column)),
    ]);
  });
  return [
    `### ${table.title}`,
    '',
    `${table.seeds} ${table.seeds === 1 ? 'seed' : 'seeds'}.`,
    '',
    row([...table.labels, ...table.columns.map(({ heading }) => heading)]),
    row([...table.labels.map(() => '---'), ...table.columns.map(() => '---:')]),
    ...lines,
    ...(table.listsHoldings ? ['', ...holdingLines(filled)] : []),
  ].join('\n');
}

function textOf({ mean, halfWidth }: Estimate, { decimals, sure }: Column): string {
  if (!Number.isFinite(mean)) return NOTHING;
  const text = formatNumber(mean, decimals);
  return sure && halfWidth !== null ? `${text} ±${formatNumber(halfWidth, decimals)}` : text;
}

/** More would only show that there are many. */
const MOST_LISTED = 40;

function holdingLines(filled: Filled): readonly string[] {
  const lines = filled.table.cases.flatMap((one) =>
    trialsOf(filled, one).flatMap(({ holdings }, index) =>
      holdings.map(
        ({ cause, at, heldMs, group, seen }) =>
          `- ${one.name.join(', ')}, run ${index + 1}, ${group}: ${cause} at ` +
          `${new Date(at).toISOString().slice(0, 19)}, for ${Math.round(heldMs / 1000)} s: ${seen}`,
      ),
    ),
  );
  if (lines.length === 0) return ['Nothing was held back.'];
  const more = lines.length - MOST_LISTED;
  return [...lines.slice(0, MOST_LISTED), ...(more > 0 ? [`- and ${more} more`] : [])];
}
