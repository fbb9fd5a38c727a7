/** The comparison of configs as a table for the terminal. */
import { NOTHING, formatNumber } from '../../report/format.ts';
import { fitted, printable, textTable } from '../../report/text-table.ts';
import { ROWS, type Row } from './figures.ts';
import type { WhatIf } from './what-if.ts';

const NAME_WIDTH = 24;

export function tableOf({ configs }: WhatIf): string {
  return textTable([
    [
      'figure',
      ...configs.map(({ name }) => fitted(printable(name), NAME_WIDTH)),
      ...configs.slice(1).map((_, index) => headingOf(index + 1)),
    ],
    ...ROWS.map((row) => [
      row.label,
      ...configs.map(({ figures }) => shown(row, figures[row.key])),
      ...configs
        .slice(1)
        .map(({ differences }) => shownDifference(row, differences?.[row.key] ?? null)),
    ]),
  ]);
}

/** The heading of a column of differences, for example `2nd − 1st`. */
export function headingOf(index: number): string {
  return `${['1st', '2nd', '3rd'][index] ?? `${index + 1}th`} − 1st`;
}

export function shown({ decimals }: Row, value: number | null): string {
  return value === null ? NOTHING : formatNumber(value, decimals);
}

export function shownDifference(row: Row, value: number | null): string {
  const text = shown(row, value);
  return value !== null && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}
