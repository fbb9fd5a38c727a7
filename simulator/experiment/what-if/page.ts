/** Configs side by side as a page: one HTML file with nothing to load, for screen, phone and paper. */
import { readFileSync } from 'node:fs';
import { renderDocument } from '../../report/document.ts';
import { escapeMarkup, sentenceMarkup } from '../../report/escape.ts';
import { NOTHING, formatDate } from '../../report/format.ts';
import { keyMarkup, LEGEND } from '../../report/marks.ts';
import { ROWS, type Row } from './figures.ts';
import { instancesPlots } from './instances-plot.ts';
import { headingOf, shown, shownDifference } from './table.ts';
import { waitsPlot } from './waits-plot.ts';
import { type NamedRun, type WhatIf, verdictsOf, warningsOf } from './what-if.ts';

const STYLE = readFileSync(new URL('./page.css', import.meta.url), 'utf8');

export interface PageOptions {
  /** The command that repeats the comparison. */
  readonly command: string;
  /** Sentences about how it was made. */
  readonly notes: readonly string[];
}

/** @param runs of the same configs, in the same order */
export function renderWhatIf(
  whatIf: WhatIf,
  runs: readonly NamedRun[],
  { notes, command }: PageOptions,
): string {
  const title = escapeMarkup(whatIf.configs.map(({ name }) => name).join(', '));
  return renderDocument({
    title,
    style: STYLE,
    data: whatIf,
    main: `<header><p class="badge">Simulation</p><h1>${title}</h1>
<p>${escapeMarkup(whatIf.title)}, ${formatDate(whatIf.startAt)}, seed <strong>${whatIf.seed}</strong>: the same tasks for every config. Queue, instances and the clock are simulated; nothing here was measured on AWS or CircleCI.</p></header>
<section><h2>What differs</h2>
${verdictsOf(whatIf)
  .map((verdict) => `<p class="verdict">${sentenceMarkup(verdict)}</p>`)
  .join('')}
${warnings(warningsOf(whatIf))}
${table(whatIf)}</section>
<section><h2>How long tasks waited</h2>
<p class="note">From release to claim, on a logarithmic axis: the curve gives the share of tasks that waited that long or less.</p>
${waitsPlot(runs)}</section>
<section><h2>Instances over time</h2>
<p class="note">All classes together, in UTC, on the same axes for every config.</p>
<div class="legend"><ul aria-label="Legend">${legend()}</ul></div>
${instancesPlots(runs)}</section>
<section class="about"><h2>About this comparison</h2>
<ul>${notes.map((note) => `<li>${sentenceMarkup(note)}</li>`).join('')}</ul>
<p>To repeat it: <code>${escapeMarkup(command)}</code></p></section>`,
  });
}

function warnings(sentences: readonly string[]): string {
  if (sentences.length === 0) return '';
  return `<ul class="warnings">${sentences.map((said) => `<li>${sentenceMarkup(said)}</li>`).join('')}</ul>`;
}

function table({ configs }: WhatIf): string {
  const [first, ...others] = configs;
  if (first === undefined) return '';
  const heads = [
    ...configs.map(({ name }) => escapeMarkup(name)),
    ...others.map((_, index) => headingOf(index + 1)),
  ].map((heading) => `<th scope="col">${heading}</th>`);
  const rows = ROWS.map((row) => {
    const values = configs.map(({ figures }, index) =>
      cell(`configs.${index}.figures.${row.key}`, figures[row.key], (value) => shown(row, value)),
    );
    const differences = others.map(({ differences }, index) =>
      cell(`configs.${index + 1}.differences.${row.key}`, differences?.[row.key] ?? null, (value) =>
        shownDifference(row, value),
      ),
    );
    return `<tr><th scope="row">${labelOf(row)}</th>${[...values, ...differences].join('')}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="Figures">
<table><thead><tr><td></td>${heads.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

function labelOf({ label }: Row): string {
  return escapeMarkup(label.charAt(0).toUpperCase() + label.slice(1));
}

/** The exact value stands beside the text, with its place in the embedded JSON. */
function cell(path: string, value: number | null, format: (value: number) => string): string {
  return `<td><data value="${value ?? ''}" data-figure="${path}">${value === null ? NOTHING : format(value)}</data></td>`;
}

/** The areas that are drawn: instances with a task, and all others. */
function legend(): string {
  const labels = new Map([
    ['busy', 'busy'],
    ['finishing', 'booting, idle or finishing'],
  ]);
  return LEGEND.flatMap((entry) => {
    const label = labels.get(entry.field);
    return label === undefined
      ? []
      : `<li><svg class="key" viewBox="0 0 18 12" aria-hidden="true">${keyMarkup(entry)}</svg>${label}</li>`;
  }).join('');
}
