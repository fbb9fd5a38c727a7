/** The comparison as tables for the terminal. */
import { printable, textTable } from '../../report/text-table.ts';
import { type Column, cellOf, headingOf, labelOf } from './columns.ts';
import type { Comparison } from './comparison.ts';
import { OVERVIEW_HEADINGS, OVERVIEW_NOTE, overviewOf } from './overview.ts';

export function textOf(comparisons: readonly Comparison[], columns: readonly Column[]): string {
  const overview = textTable([
    ['rule', ...OVERVIEW_HEADINGS],
    ...overviewOf(comparisons).map(({ label, cells }) => [label, ...cells]),
  ]);
  const tables = comparisons.map(
    (comparison) =>
      `${printable(headingOf(comparison))}\n${comparison.about}; ${comparison.scenarioAbout}\n\n${tableOf(comparison, columns)}`,
  );
  return [`${overview}\n\n${OVERVIEW_NOTE}`, ...tables].join('\n\n');
}

export function tableOf({ rules }: Comparison, columns: readonly Column[]): string {
  return textTable([
    ['rule', ...columns.map(({ heading }) => heading)],
    ...rules.map((rule) => [labelOf(rule), ...columns.map((column) => cellOf(column, rule))]),
  ]);
}
