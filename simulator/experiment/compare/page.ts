/** The comparison as a page: one HTML file with nothing to load, for screen, phone and paper. */
import { readFileSync } from 'node:fs';
import { PAGE_SCRIPT, renderDocument } from '../../report/document.ts';
import { escapeMarkup, sentenceMarkup } from '../../report/escape.ts';
import { NOTHING, formatNumber } from '../../report/format.ts';
import { type BurstFigures, burstFigures } from './burst-figure.ts';
import type { Comparison, RuleComparison } from './comparison.ts';
import { costFigure } from './cost-figure.ts';
import { distributionFigures } from './distribution-figure.ts';
import type { About } from './markdown.ts';
import { type Column, headingOf, labelOf } from './columns.ts';
import { shownName } from '../rules/rule.ts';
import { OVERVIEW_HEADINGS, OVERVIEW_NOTE, overviewOf } from './overview.ts';

const STYLE = readFileSync(new URL('./page.css', import.meta.url), 'utf8');

export function renderComparison(comparisons: readonly Comparison[], about: About): string {
  const drawn = comparisons.find(({ rules }) => rules.some(({ burst }) => burst !== undefined));
  const bursts = burstFigures(drawn?.rules ?? []);
  return renderDocument({
    title: 'Scaling rules side by side',
    style: STYLE,
    script: PAGE_SCRIPT,
    data: {
      summary: { from: bursts.from },
      series: bursts.series,
      comparisons: comparisons.map((comparison) => ({
        ...comparison,
        rules: comparison.rules.map(({ burst: _drawn, ...rule }) => rule),
      })),
    },
    main: `<header><p class="badge">Simulation</p><h1>Scaling rules side by side</h1>
<p>Identical jobs, boots and faults for every rule. Queue, instances and the clock are simulated; nothing here was measured on AWS or CircleCI.</p></header>
<section><h2>All together</h2>
<p class="note">${sentenceMarkup(OVERVIEW_NOTE)}</p>
${overview(comparisons)}</section>
<section><h2>Each workload</h2>
${comparisons.map((comparison, index) => section(comparison, about.columns, index)).join('\n')}</section>
<section><h2>More</h2>
${burstSection(drawn, bursts)}
${rulesSection(comparisons[0]?.rules ?? [])}</section>
<section class="about"><h2>About this comparison</h2>
<ul>${about.notes.map((note) => `<li>${sentenceMarkup(note)}</li>`).join('')}</ul>
<p>To repeat it: <code>${escapeMarkup(about.command)}</code></p></section>`,
  });
}

function folded(heading: string, content: string): string {
  return `<details><summary>${escapeMarkup(heading)}</summary>
${content}</details>`;
}

function overview(comparisons: readonly Comparison[]): string {
  const heads = OVERVIEW_HEADINGS.map((heading) => `<th scope="col">${escapeMarkup(heading)}</th>`);
  const rows = overviewOf(comparisons).map(({ rule, label, cells }) => {
    const kind = rule.shipped ? ' class="shipped"' : '';
    return `<tr${kind}><th scope="row">${escapeMarkup(label)}</th>${cells.map((text) => `<td>${text}</td>`).join('')}</tr>`;
  });
  return scrolled('All together', heads, rows);
}

function section(comparison: Comparison, columns: readonly Column[], index: number): string {
  return folded(
    headingOf(comparison),
    `<p class="note">${sentenceMarkup(`${comparison.about}; ${comparison.scenarioAbout}.`)}</p>
${table(comparison, columns, index)}
${costFigure(comparison)}
<figure><h3>How long tasks waited</h3><p class="note">The share of tasks, from 0 to 100 %, that waited that long or less; dashed: the oracle, dotted: the lagged one.</p></figure>
${distributionFigures(comparison)}`,
  );
}

function table(comparison: Comparison, columns: readonly Column[], index: number): string {
  const heads = columns.map(({ heading }) => `<th scope="col">${escapeMarkup(heading)}</th>`);
  const rows = comparison.rules.map((rule, place) => {
    const cells = columns.map(
      (column) => `<td>${cell(column, rule, `comparisons.${index}.rules.${place}`)}</td>`,
    );
    const kind = rule.shipped ? ' class="shipped"' : '';
    return `<tr${kind}><th scope="row">${place + 1} ${escapeMarkup(labelOf(rule))}</th>${cells.join('')}</tr>`;
  });
  return scrolled(`Figures: ${headingOf(comparison)}`, heads, rows);
}

function scrolled(label: string, heads: readonly string[], rows: readonly string[]): string {
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeMarkup(label)}">
<table><thead><tr><td></td>${heads.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

function cell(column: Column, rule: RuleComparison, path: string): string {
  const { mean, halfWidth } = column.of(rule);
  if (!Number.isFinite(mean)) return NOTHING;
  const shown = formatNumber(mean, column.decimals);
  const sure =
    column.sure && halfWidth !== null
      ? ` <small>±${formatNumber(halfWidth, column.decimals)}</small>`
      : '';
  return `<data value="${mean}" data-figure="${path}.${column.path}.mean">${shown}</data>${sure}`;
}

function burstSection(drawn: Comparison | undefined, bursts: BurstFigures): string {
  if (drawn === undefined) return '';
  return folded(
    'One burst under every rule',
    `<p class="note">${sentenceMarkup(`The longest queue of ${drawn.workload}, ${drawn.scenario}, seed ${drawn.seeds[0] ?? ''}, from 3 min before it to 12 min after it. The axes differ from rule to rule.`)}</p>
${bursts.markup}`,
  );
}

function rulesSection(rules: readonly RuleComparison[]): string {
  const rows = rules.map((rule) => {
    const { about, source, settings } = rule;
    const set = Object.entries(settings).map(([key, value]) => `${key}: ${value}`);
    const from =
      source.url === ''
        ? escapeMarkup(source.what)
        : `<a href="${escapeMarkup(source.url)}">${escapeMarkup(source.what)}</a>`;
    return `<tr><th scope="row">${escapeMarkup(shownName(rule))}</th><td>${escapeMarkup(about)}</td><td>${from}</td><td>${escapeMarkup(set.join('; '))}</td></tr>`;
  });
  return folded(
    'The rules',
    `<div class="scroll" tabindex="0" role="region" aria-label="The rules"><table class="rules"><tbody>${rows.join('\n')}</tbody></table></div>`,
  );
}
