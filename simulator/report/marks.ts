/** The marks of the chart over time, as SVG; the page and the stand-alone chart draw the same ones. */
import type { Shape, Tick } from './timeline.ts';

/** Hatching for the states in which an instance costs money and does no work; used by the style. */
export const HATCHING =
  hatch('hatch-booting', 'M-2 2l4-4M0 8l8-8M6 10l4-4') +
  hatch('hatch-finishing', 'M-2 6l4 4M0 0l8 8M6-2l4 4');

/** What each mark of the chart means, in the order of the legend; `field` names it in the read-out. */
export const LEGEND = [
  { field: 'busy', mark: 'area', label: 'busy' },
  { field: 'idle', mark: 'area', label: 'idle' },
  { field: 'booting', mark: 'area', label: 'booting' },
  { field: 'finishing', mark: 'area', label: 'finishing' },
  { field: 'desired', mark: 'line', label: 'desired capacity' },
  { field: 'demand', mark: 'line', label: 'demand' },
  { field: 'max', mark: 'line', label: 'maximum' },
  { field: 'unclaimed', mark: 'area', label: 'waiting tasks' },
] as const;

/** The key of a legend's entry, 18 by 12 units. */
export function keyMarkup({ mark, field }: (typeof LEGEND)[number]): string {
  return `<path class="${mark} ${field}" d="${mark === 'area' ? 'M1 1h16v10H1Z' : 'M0 6h18'}"/>`;
}

/** Lines at the ticks of both axes, as path data. */
export function gridPath(grid: {
  readonly width: number;
  readonly height: number;
  readonly rows: readonly Tick[];
  readonly columns: readonly Tick[];
}): string {
  const rows = grid.rows.map(({ position }) => `M0 ${position.toFixed(1)}H${grid.width}`);
  const columns = grid.columns.map(({ position }) => `M${position.toFixed(1)} 0V${grid.height}`);
  return [...rows, ...columns].join('');
}

export function shapeMarkup({ kind, name, path }: Shape): string {
  return `<path class="${kind} ${name}" d="${path}"/>`;
}

function hatch(id: string, strokes: string): string {
  return (
    `<pattern id="${id}" width="8" height="8" patternUnits="userSpaceOnUse">` +
    `<rect class="hatch-ground" width="8" height="8"/><path class="hatch-stroke" d="${strokes}"/></pattern>`
  );
}
