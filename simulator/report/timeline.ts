/** The geometry of the chart over time: what page and stand-alone chart both draw. */
import { max } from 'd3-array';
import { scaleLinear, scaleUtc } from 'd3-scale';
import type { ClassRecord, Sample } from '../record.ts';
import { formatClock, formatDay, formatNumber } from './format.ts';
import { demandOf, instancesOf } from './series.ts';
import { type StepPoint, stepArea, stepLine } from './step-path.ts';

/** A tick at `position` in units of the drawing. */
export interface Tick {
  readonly position: number;
  readonly label: string;
}

export interface Panel {
  readonly height: number;
  /** The value at the upper edge. */
  readonly top: number;
  readonly ticks: readonly Tick[];
  /** SVG path data by what it draws, in the order in which it is drawn. */
  readonly shapes: readonly Shape[];
}

export interface Shape {
  readonly name: (typeof STATES)[number] | 'max' | 'desired' | 'demand' | 'unclaimed';
  readonly kind: 'area' | 'line';
  readonly path: string;
}

export interface Timeline {
  readonly width: number;
  readonly ticks: readonly Tick[];
  readonly fleet: Panel;
  readonly queue: Panel;
}

/** States of an instance, in the order in which they are stacked from the bottom. */
export const STATES = ['busy', 'idle', 'booting', 'finishing'] as const;

/** Demand may rise to this many times `max` before the chart cuts it off to keep instances legible. */
const DEMAND_HEADROOM = 1.5;
/** `max` is drawn when it is at most this many times the highest other value. */
const MAX_IN_SIGHT = 2;

export interface TimelineSpec {
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly fleetHeight: number;
  readonly queueHeight: number;
  /** The samples to draw; those of the class, reduced where they are many. */
  readonly drawn: readonly Sample[];
  /** About how many ticks the time axis has. */
  readonly timeTicks: number;
}

export function timeline(one: ClassRecord, spec: TimelineSpec): Timeline {
  // A run without length still needs an axis.
  const to = Math.max(spec.to, spec.from + 1000);
  const time = scaleUtc().domain([spec.from, to]).range([0, spec.width]);
  const points = (of: (sample: Sample) => number, y: (value: number) => number) =>
    spec.drawn.map((sample): StepPoint => ({ x: time(sample.at), y: y(of(sample)) }));

  const fleet = axis(fleetTop(one), spec.fleetHeight);
  const queue = axis(max(one.samples, (sample) => sample.unclaimed) ?? 0, spec.queueHeight);
  const lineOf = (name: 'desired' | 'demand', of: (sample: Sample) => number): Shape => ({
    name,
    kind: 'line',
    path: stepLine(points(of, fleet.y), spec.width),
  });
  const surface = (base: number) => ({ end: spec.width, base });
  // Each layer reaches to the ground and covers the one before, so no seam shows between two.
  const layers = STATES.map((name, index): Shape => {
    const upTo = STATES.slice(0, index + 1);
    const height = (sample: Sample) => upTo.reduce((sum, state) => sum + sample[state], 0);
    const path = stepArea(points(height, fleet.y), surface(spec.fleetHeight));
    return { name, kind: 'area', path };
  }).toReversed();
  const level = fleet.y(one.max).toFixed(1);
  return {
    width: spec.width,
    ticks: timeTicks(time, spec.timeTicks),
    fleet: {
      height: spec.fleetHeight,
      top: fleet.top,
      ticks: fleet.ticks,
      shapes: [
        ...layers,
        ...(maxInSight(one)
          ? [{ name: 'max', kind: 'line', path: `M0 ${level}H${spec.width}` } as const]
          : []),
        lineOf('desired', (sample) => sample.desired),
        lineOf('demand', demandOf),
      ],
    },
    queue: {
      height: spec.queueHeight,
      top: queue.top,
      ticks: queue.ticks,
      shapes: [
        {
          name: 'unclaimed',
          kind: 'area',
          path: stepArea(
            points((sample) => sample.unclaimed, queue.y),
            surface(spec.queueHeight),
          ),
        },
      ],
    },
  };
}

/** Whether the line of `max` is drawn; far above everything else it would only flatten the rest. */
export function maxInSight(one: ClassRecord): boolean {
  return one.max <= MAX_IN_SIGHT * Math.max(peakOfFleet(one), Math.min(peakOfDemand(one), one.max));
}

/** Whether demand rises above the upper edge of the chart. */
export function demandIsCut(one: ClassRecord): boolean {
  return peakOfDemand(one) > axis(fleetTop(one), 1).top;
}

function fleetTop(one: ClassRecord): number {
  const shown = Math.max(
    peakOfFleet(one),
    Math.min(peakOfDemand(one), Math.ceil(DEMAND_HEADROOM * one.max)),
  );
  return maxInSight(one) ? Math.max(shown, one.max) : shown;
}

function peakOfFleet({ samples }: ClassRecord): number {
  return max(samples, (sample) => Math.max(instancesOf(sample), sample.desired)) ?? 0;
}

function peakOfDemand({ samples }: ClassRecord): number {
  return max(samples, demandOf) ?? 0;
}

function axis(peak: number, height: number) {
  const count = height > 120 ? 5 : 2;
  const scale = scaleLinear()
    .domain([0, Math.max(peak, 1)])
    .nice(4)
    .range([height, 0]);
  return {
    y: (value: number) => scale(value),
    top: scale.domain()[1] ?? 1,
    ticks: scale
      .ticks(count)
      .filter((value) => Number.isInteger(value))
      .map((value) => ({ position: scale(value), label: formatNumber(value) })),
  };
}

/** Midnights are labelled with the day, other ticks with the time, in seconds where needed. */
function timeTicks(time: ReturnType<typeof scaleUtc<number>>, count: number): readonly Tick[] {
  const ticks = time.ticks(count);
  const seconds = ticks.some((tick) => tick.getTime() % 60_000 !== 0);
  return ticks.map((tick) => {
    const at = tick.getTime();
    const label =
      at % 86_400_000 === 0 ? formatDay(at) : formatClock(at, seconds ? 'seconds' : 'minutes');
    return { position: time(at), label };
  });
}
