/** How the waits of each rule are distributed, beside those of the oracles. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { escapeMarkup, sentenceMarkup } from '../../report/escape.ts';
import { formatDuration } from '../../report/format.ts';
import type { Comparison, RuleComparison } from './comparison.ts';
import { ORACLES } from '../rules/oracle.ts';

const WIDTH = 260;
const HEIGHT = 130;
const GROUND = HEIGHT - 18;
/** Waits below a second are drawn at the edge. */
const LEAST_SECONDS = 1;
const TICKS = [1, 10, 60, 600, 3600, 36_000, 360_000];

export function distributionFigures({ rules }: Comparison): string {
  const longest = Math.max(10, ...rules.flatMap(({ quantiles }) => quantiles.at(-1) ?? 0));
  const x = scaleLog()
    .domain([LEAST_SECONDS, longest])
    .range([4, WIDTH - 4])
    .clamp(true);
  const y = scaleLinear().domain([0, 100]).range([GROUND, 4]);
  const pathOf = ({ quantiles }: RuleComparison) =>
    quantiles
      .map((seconds, share) => {
        const at = x(Math.max(seconds, LEAST_SECONDS)).toFixed(1);
        return `${share === 0 ? 'M' : 'L'}${at} ${y(share).toFixed(1)}`;
      })
      .join('');
  const grid =
    TICKS.filter((tick) => tick <= longest)
      .map(
        (tick) =>
          `<path class="grid" d="M${x(tick).toFixed(1)} 4V${GROUND}"/>` +
          `<text x="${x(tick).toFixed(1)}" y="${HEIGHT - 4}" text-anchor="${anchorAt(x(tick))}">${formatDuration(tick)}</text>`,
      )
      .join('') +
    [0, 50, 100].map((share) => `<path class="grid" d="M4 ${y(share)}H${WIDTH - 4}"/>`).join('');
  const oracles = ORACLES.flatMap(({ name }) => rules.find((rule) => rule.name === name) ?? []);
  const figures = rules
    .filter(({ quantiles }) => quantiles.every((seconds) => Number.isFinite(seconds)))
    .map((rule) => {
      const { waitP50, waitP99 } = rule.figures;
      const said = `half within ${formatDuration(waitP50.mean)}, 99 % within ${formatDuration(waitP99.mean)}`;
      const title = escapeMarkup(`Waits under ${rule.name}: ${said}`);
      const beside = oracles
        .filter((oracle) => oracle !== rule)
        .map((oracle) => `<path class="line ${oracle.name}" d="${pathOf(oracle)}"/>`)
        .join('');
      return `<figure class="distribution"><h3>${escapeMarkup(rule.name)}</h3>
<svg class="plain-plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}"><title>${title}</title>${grid}${beside}<path class="line own" d="${pathOf(rule)}"/></svg>
<figcaption>${sentenceMarkup(said)}</figcaption></figure>`;
    });
  return `<div class="distributions">${figures.join('\n')}</div>`;
}

/** Labels at the edges stay within the drawing. */
function anchorAt(position: number): 'start' | 'middle' | 'end' {
  if (position < 20) return 'start';
  return position > WIDTH - 20 ? 'end' : 'middle';
}
