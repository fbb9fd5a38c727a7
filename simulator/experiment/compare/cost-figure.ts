/** What each rule makes jobs wait, against what it costs. */
import { extent } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { escapeMarkup } from '../../report/escape.ts';
import { formatDollars, formatNumber } from '../../report/format.ts';
import type { Comparison, RuleComparison } from './comparison.ts';

const WIDTH = 1000;
const HEIGHT = 360;
const LEFT = 70;
const BOTTOM = 40;
const TOP = 14;
/** What a number beside its mark takes, in units of the drawing. */
const NUMBER = { width: 24, height: 15 };

export function costFigure({ rules, workload, scenario }: Comparison): string {
  const points = rules.flatMap((rule, index) => pointOf(rule, index + 1));
  const x = axis(
    points.flatMap(({ wait, sure }) => [Math.max(0, wait - sure), wait + sure]),
    [LEFT, WIDTH - 16],
  );
  const y = axis(
    points.map(({ cost }) => cost),
    [HEIGHT - BOTTOM, TOP + 20],
  );
  const ground = HEIGHT - BOTTOM;
  const columns = x
    .ticks(8)
    .map(
      (value) =>
        `<path class="grid" d="M${x(value).toFixed(1)} ${TOP}V${ground}"/>` +
        `<text x="${x(value).toFixed(1)}" y="${ground + 16}" text-anchor="middle">${formatNumber(value)} s</text>`,
    );
  const rows = y
    .ticks(5)
    .map(
      (value) =>
        `<path class="grid" d="M${LEFT} ${y(value).toFixed(1)}H${WIDTH - 16}"/>` +
        `<text x="${LEFT - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">$${formatNumber(value)}</text>`,
    );
  const placed = numbersFor(points.map(({ wait, cost }) => ({ x: x(wait), y: y(cost) })));
  const marks = points.map(({ number, wait, sure, cost }, index) => {
    const at = { x: x(wait).toFixed(1), y: y(cost).toFixed(1) };
    const label = placed[index] ?? { x: 0, y: 0 };
    return (
      `<path class="leader" d="M${at.x} ${at.y}L${label.x.toFixed(1)} ${(label.y + 4).toFixed(1)}"/>` +
      `<path class="sure" d="M${x(Math.max(0, wait - sure)).toFixed(1)} ${at.y}H${x(wait + sure).toFixed(1)}"/>` +
      `<circle cx="${at.x}" cy="${at.y}" r="4"/>` +
      `<text class="number" x="${label.x.toFixed(1)}" y="${label.y.toFixed(1)}" text-anchor="middle">${number}</text>`
    );
  });
  const title = escapeMarkup(`${workload}, ${scenario}: mean wait against cost per month`);
  const names = points.map(
    ({ number, name, wait, cost }) =>
      `<li><b>${number}</b>${escapeMarkup(name)}, ${formatNumber(wait, 1)}\u00A0s, ${formatDollars(cost)}</li>`,
  );
  return `<figure class="cost"><h3>Wait against cost</h3>
<div class="scroll" tabindex="0" role="region" aria-label="${title}"><svg class="plain-plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}"><title>${title}</title>
${columns.join('')}${rows.join('')}${marks.join('')}
<text x="${WIDTH - 16}" y="${HEIGHT - 6}" text-anchor="end">mean wait</text><text x="4" y="${TOP - 2}">machines and control plane, a month</text></svg></div>
<ul class="names">${names.join('')}</ul></figure>`;
}

interface Point {
  readonly number: number;
  readonly name: string;
  readonly wait: number;
  /** Half the confidence interval of the wait; 0 with one seed. */
  readonly sure: number;
  readonly cost: number;
}

function pointOf({ name, figures }: RuleComparison, number: number): readonly Point[] {
  const wait = figures.waitMean.mean;
  const cost = figures.machineCost.mean + figures.controlCost.mean;
  if (!Number.isFinite(wait + cost)) return [];
  return [{ number, name, wait, cost, sure: figures.waitMean.halfWidth ?? 0 }];
}

function axis(values: readonly number[], range: readonly [number, number]) {
  const [least = 0, most = 1] = extent(values);
  const room = Math.max((most - least) * 0.04, 1);
  return scaleLinear()
    .domain([Math.max(0, least - room), most + room])
    .range(range)
    .nice();
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Puts each number above its mark, higher where there is another number already. */
function numbersFor(marks: readonly Place[]): readonly Place[] {
  const placed: Place[] = [];
  for (const mark of marks) {
    const free = (y: number) =>
      placed.every(
        (other) =>
          Math.abs(other.x - mark.x) >= NUMBER.width || Math.abs(other.y - y) >= NUMBER.height,
      );
    let level = mark.y - 9;
    while (!free(level) && level > TOP) level -= NUMBER.height;
    for (let below = mark.y + 20; !free(level) && below < HEIGHT; below += NUMBER.height) {
      level = below;
    }
    placed.push({ x: mark.x, y: level });
  }
  return placed;
}
