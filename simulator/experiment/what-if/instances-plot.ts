/** Instances of all classes over time, one chart per config, all on the same axes. */
import { scaleLinear, scaleUtc } from 'd3-scale';
import type { ClassRecord, Sample } from '../../record.ts';
import { escapeMarkup, sentenceMarkup } from '../../report/escape.ts';
import { counted, formatClock, formatDay, formatNumber } from '../../report/format.ts';
import { gridPath } from '../../report/marks.ts';
import { downsample, instancesOf } from '../../report/series.ts';
import { type StepPoint, stepArea } from '../../report/step-path.ts';
import { plotMarkup } from './plot.ts';
import type { NamedRun } from './what-if.ts';

const WIDTH = 1000;
const HEIGHT = 150;
const POINTS = 800;
const TIME_TICKS = 10;

export function instancesPlots(runs: readonly NamedRun[]): string {
  const from = Math.min(...runs.map(({ record }) => record.from));
  const to = Math.max(...runs.map(({ record }) => record.to));
  const peak = Math.max(1, ...runs.map(({ figures }) => figures.peakInstances ?? 0));
  const x = scaleUtc().domain([from, to]).range([0, WIDTH]);
  const y = scaleLinear().domain([0, peak]).nice(4).range([HEIGHT, 0]);
  const rows = y
    .ticks(4)
    .filter((value) => Number.isInteger(value))
    .map((value) => ({ position: y(value), label: formatNumber(value) }));
  const columns = x.ticks(TIME_TICKS).map((tick) => {
    const at = tick.getTime();
    return { position: x(at), label: at % 86_400_000 === 0 ? formatDay(at) : formatClock(at) };
  });
  const grid = `<path class="grid" d="${gridPath({ width: WIDTH, height: HEIGHT, rows, columns })}"/>`;
  return runs
    .map(({ name, record, figures }) => {
      const samples = downsample(together(record.classes), POINTS);
      const area = (style: string, of: (sample: Sample) => number) => {
        const points = samples.map((sample): StepPoint => ({ x: x(sample.at), y: y(of(sample)) }));
        const path = stepArea(points, { end: x(record.to), base: HEIGHT });
        return `<path class="area ${style}" d="${path}"/>`;
      };
      return `<figure class="instances"><h3>${escapeMarkup(name)}</h3>
${plotMarkup({
  width: WIDTH,
  height: HEIGHT,
  heading: 'instances',
  label: `Instances of ${name} over time, and how many of them are busy`,
  shapes: grid + area('finishing', instancesOf) + area('busy', ({ busy }) => busy),
  rows,
  columns,
})}
<figcaption>${sentenceMarkup(`At most ${counted(figures.peakInstances ?? 0, 'instance')} at one moment.`)}</figcaption></figure>`;
    })
    .join('\n');
}

const COUNTS = [
  ...(['unclaimed', 'running', 'desired'] as const),
  ...(['booting', 'idle', 'busy', 'finishing'] as const),
];

/** The sums over all classes, as one step function of time. */
export function together(classes: readonly Pick<ClassRecord, 'samples'>[]): readonly Sample[] {
  const changes = classes
    .flatMap(({ samples }) =>
      samples.map((sample, index) => ({ sample, before: samples[index - 1] })),
    )
    .sort((one, other) => one.sample.at - other.sample.at);
  const sums: Sample[] = [];
  let now = {
    at: 0,
    unclaimed: 0,
    running: 0,
    desired: 0,
    booting: 0,
    idle: 0,
    busy: 0,
    finishing: 0,
  };
  changes.forEach(({ sample, before }, index) => {
    now = { ...now, at: sample.at };
    for (const count of COUNTS) now[count] += sample[count] - (before?.[count] ?? 0);
    // What happens at the same instant in two classes shows only when all of it has happened.
    if (changes[index + 1]?.sample.at !== sample.at) sums.push(now);
  });
  return sums;
}
