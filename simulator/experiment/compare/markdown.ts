/** The comparison as a document: what decides first, the tables folded below. */
import { type Column, cellOf, headingOf, labelOf } from './columns.ts';
import type { Comparison } from './comparison.ts';
import { shownName } from '../rules/rule.ts';
import { OVERVIEW_HEADINGS, OVERVIEW_NOTE, overviewOf } from './overview.ts';

export interface About {
  readonly notes: readonly string[];
  /** The command that repeats the comparison. */
  readonly command: string;
  /** What is shown of each rule. */
  readonly columns: readonly Column[];
}

export function markdownOf(comparisons: readonly Comparison[], about: About): string {
  const rules = comparisons[0]?.rules ?? [];
  return `# Scaling rules side by side

Every figure is the simulator's, made by \`${about.command}\`. Nothing here was measured on AWS or
CircleCI. All rules were given identical jobs, boots and faults: launch number 7 boots just as long
whichever rule asked for it. Every call of every rule takes its time and is made at its own moment, every
schedule begins at a second that is drawn from the seed, and each rule runs in its own set-up: its group has
a launch hook only where it comes with one, and its function as many containers as its invocations take.

${table(
  ['rule', ...OVERVIEW_HEADINGS],
  overviewOf(comparisons).map(({ label, cells }) => [label, ...cells]),
)}

${OVERVIEW_NOTE}

## Each workload

${comparisons.map((comparison) => section(comparison, about.columns)).join('\n\n')}

## How to read the tables

${about.notes.map((note) => `- ${note}`).join('\n')}

## The rules

| rule | what it does | source | settings |
| --- | --- | --- | --- |
${rules.map(ruleRow).join('\n')}
`;
}

function ruleRow({ source, settings, about, ...rule }: Comparison['rules'][number]): string {
  const link = source.url === '' ? source.what : `[${source.what}](${source.url})`;
  const set = Object.entries(settings).map(([key, value]) => `${key}: ${value}`);
  return row([shownName(rule), about, link, set.join('; ')]);
}

function section(comparison: Comparison, columns: readonly Column[]): string {
  return `<details><summary>${headingOf(comparison)}</summary>

${comparison.about}; ${comparison.scenarioAbout}.

${table(
  ['rule', ...columns.map(({ heading }) => heading)],
  comparison.rules.map((rule) => [labelOf(rule), ...columns.map((column) => cellOf(column, rule))]),
)}

</details>`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [
    row(headings),
    row(headings.map((_, at) => (at === 0 ? '---' : '---:'))),
    ...rows.map(row),
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
