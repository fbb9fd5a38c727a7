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
import { COLUMNS, type Column, headingOf } from './table.ts';

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
${comparisons.map(section).join('\n')}
${burstSection(drawn, bursts)}
${rulesSection(comparisons[0]?.rules ?? [])}
<section class="about"><h2>About this comparison</h2>
<ul>${about.notes.map((note) => `<li>${sentenceMarkup(note)}</li>`).join('')}</ul>
<p>To repeat it: <code>${escapeMarkup(about.command)}</code></p></section>`,
  });
}

function section(comparison: Comparison, index: number): string {
  return `<section><h2>${escapeMarkup(headingOf(comparison))}</h2>
<p class="note">${sentenceMarkup(`${comparison.about}; ${comparison.scenarioAbout}.`)}</p>
${table(comparison, index)}
${costFigure(comparison)}
<figure><h3>How long tasks waited</h3><p class="note">The share of tasks, from 0 to 100 %, that waited that long or less; dashed: the oracle, dotted: the lagged one.</p></figure>
${distributionFigures(comparison)}</section>`;
}

function table(comparison: Comparison, index: number): string {
  const heads = COLUMNS.map(({ heading }) => `<th scope="col">${escapeMarkup(heading)}</th>`);
  const rows = comparison.rules.map((rule, place) => {
    const cells = COLUMNS.map(
      (column) => `<td>${cell(column, rule, `comparisons.${index}.rules.${place}`)}</td>`,
    );
    const left = rule.finished ? '' : ' <small>tasks left</small>';
    return `<tr><th scope="row">${place + 1} ${escapeMarkup(rule.name)}${left}</th>${cells.join('')}</tr>`;
  });
  const label = escapeMarkup(`Figures: ${headingOf(comparison)}`);
  return `<div class="scroll" tabindex="0" role="region" aria-label="${label}">
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
  return `<section><h2>One burst under every rule</h2>
<p class="note">${sentenceMarkup(`The longest queue of ${drawn.workload}, ${drawn.scenario}, seed ${drawn.seeds[0] ?? ''}, from 3 min before it to 12 min after it. The axes differ from rule to rule.`)}</p>
${bursts.markup}</section>`;
}

function rulesSection(rules: readonly RuleComparison[]): string {
  const rows = rules.map(({ name, about, source, settings }) => {
    const set = Object.entries(settings).map(([key, value]) => `${key}: ${value}`);
    const from =
      source.url === ''
        ? escapeMarkup(source.what)
        : `<a href="${escapeMarkup(source.url)}">${escapeMarkup(source.what)}</a>`;
    return `<tr><th scope="row">${escapeMarkup(name)}</th><td>${escapeMarkup(about)}</td><td>${from}</td><td>${escapeMarkup(set.join('; '))}</td></tr>`;
  });
  return `<section><h2>The rules</h2><div class="scroll" tabindex="0" role="region" aria-label="The rules"><table class="rules"><tbody>${rows.join('\n')}</tbody></table></div></section>`;
}

/** Names the one script that may run, so that nothing in the data can. */
