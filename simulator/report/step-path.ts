/** Step functions as SVG path data, about a third as long as d3 writes them. */
import { area, curveStepAfter, line } from 'd3-shape';

/** A value that holds from `x` to the next point's `x`, in the units of the drawing. */
export interface StepPoint {
  readonly x: number;
  readonly y: number;
}

/** The outline of a step function that holds its last value until `end`. */
export function stepLine(points: readonly StepPoint[], end: number): string {
  return compact(drawLine(closed(points, end)) ?? '');
}

/** The surface between a step function and the level `base`. */
export function stepArea(
  points: readonly StepPoint[],
  extent: { readonly end: number; readonly base: number },
): string {
  return compact(drawArea.y0(extent.base)(closed(points, extent.end)) ?? '');
}

const drawLine = line<StepPoint>(
  (point) => point.x,
  (point) => point.y,
).curve(curveStepAfter);
const drawArea = area<StepPoint>()
  .x((point) => point.x)
  .y1((point) => point.y)
  .curve(curveStepAfter);

/** Without the points that change nothing, and with one at the end. */
function closed(points: readonly StepPoint[], end: number): readonly StepPoint[] {
  const steps = points.filter((point, index) => point.y !== points[index - 1]?.y);
  const last = steps.at(-1);
  return last === undefined ? [] : [...steps, { x: end, y: last.y }];
}

/**
 * Rewrites d3's absolute `M` and `L` as relative `h`, `v` and `l` in tenths of a unit. Differences are
 * taken between rounded positions, so that rounding errors do not add up.
 */
function compact(data: string): string {
  let [x, y] = [0, 0];
  const shown = (tenths: number) => String(tenths / 10).replace(/^(-?)0\./, '$1.');
  return data.replace(/([ML])([^MLZ]+)/g, (_, command: string, target: string) => {
    const [nextX = 0, nextY = 0] = target.split(',').map((value) => Math.round(Number(value) * 10));
    const [dx, dy] = [nextX - x, nextY - y];
    [x, y] = [nextX, nextY];
    if (command === 'M') return `M${shown(x)} ${shown(y)}`;
    if (dx === 0) return dy === 0 ? '' : `v${shown(dy)}`;
    return dy === 0 ? `h${shown(dx)}` : `l${shown(dx)} ${shown(dy)}`;
  });
}
