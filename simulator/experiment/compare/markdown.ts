import type { Comparison } from './comparison.ts';
import { headingOf, markdownTableOf } from './table.ts';

export interface About {
  readonly notes: readonly string[];
  /** The command that repeats the comparison. */
  readonly command: string;
}

/** The comparison as a document. */
export function markdownOf(comparisons: readonly Comparison[], about: About): string {
  const rules = comparisons[0]?.rules ?? [];
  return `# Scaling rules side by side

Every figure is the simulator's, made by \`${about.command}\`. Nothing here was measured on AWS or
CircleCI. All rules were given identical jobs, boots and faults: launch number 7 boots just as long
whichever rule asked for it. Every call of every rule takes its time and is made at its own moment, every
schedule begins at a second that is drawn from the seed, and each rule runs in its own set-up: its group has
a launch hook only where it comes with one, and its function as many containers as its invocations take.

## The rules

| rule | what it does | source | settings |
| --- | --- | --- | --- |
${rules.map(ruleRow).join('\n')}

${comparisons.map(section).join('\n\n')}

## How to read the tables

${about.notes.map((note) => `- ${note}`).join('\n')}
`;
}

function ruleRow({ name, about, source, settings }: Comparison['rules'][number]): string {
  const link = source.url === '' ? source.what : `[${source.what}](${source.url})`;
  const set = Object.entries(settings).map(([key, value]) => `${key}: ${value}`);
  return `| ${name} | ${about} | ${link} | ${set.join('; ')} |`;
}

function section(comparison: Comparison): string {
  return `## ${headingOf(comparison)}

${comparison.about}; ${comparison.scenarioAbout}.

${markdownTableOf(comparison)}`;
}
