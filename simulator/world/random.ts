/**
 * Random numbers that do not depend on who asked before. Each draw is a pure function of the seed,
 * the name of its stream and an index: launch number 7 of a group boots just as long whatever rule
 * asked for it, so rules are compared on the same luck (common random numbers).
 *
 * Names and indices are hashed with 32-bit integer arithmetic (`Math.imul`, the finaliser of
 * MurmurHash3), which every engine computes alike. Durations are rounded to whole milliseconds, so a
 * last-bit difference of an engine's `Math.log` does not show.
 *
 * @see https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp fmix32
 */

const { floor, imul } = Math;

/** A stream of numbers in [0, 1), addressed by a whole index that is not negative. */
export type Draw = (index: number) => number;

/** Uniform between two bounds, in seconds. */
export interface Uniform {
  readonly min: number;
  readonly max: number;
}

/** Lognormal, in seconds: half of all draws are below `median`; `sigma` has no unit. */
export interface Lognormal {
  readonly median: number;
  readonly sigma: number;
}

/** How long something takes. */
export type Spread = Uniform | Lognormal;

export function stream(seed: number, name: string): Draw {
  let first = mix(low(seed) ^ 0x9e3779b9);
  let second = mix(high(seed) ^ 0x7f4a7c15);
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at);
    first = imul(first ^ code, 0x01000193);
    second = mix(second ^ imul(code, 0x85ebca6b));
  }
  const key = mix(first ^ second);
  const salt = mix(second + 0x632be5ab);
  return (index) => {
    const head = mix(mix(key + imul(low(index), 0x9e3779b1)) ^ mix(high(index) + salt));
    const tail = mix(head ^ salt);
    return ((head >>> 5) * 0x4000000 + (tail >>> 6)) / 0x20000000000000;
  };
}

/** One draw of a duration, in whole milliseconds. */
export function drawMs(spread: Spread, draw: Draw, index: number): number {
  if ('min' in spread) {
    return Math.round(1000 * (spread.min + (spread.max - spread.min) * draw(index)));
  }
  // Box and Muller's transform; 1 - u is never zero.
  const radius = Math.sqrt(-2 * Math.log(1 - draw(2 * index)));
  const normal = radius * Math.cos(2 * Math.PI * draw(2 * index + 1));
  return Math.round(1000 * spread.median * Math.exp(spread.sigma * normal));
}

/** One draw of the time to an event that happens `perHour` times an hour, in whole milliseconds. */
export function drawArrivalMs(perHour: number, draw: Draw, index: number): number {
  return Math.round((-Math.log(1 - draw(index)) / perHour) * 3_600_000);
}

/**
 * One draw of a Pareto distribution that begins at 1: a share of x to the power of `-tail` is longer
 * than x. The smaller `tail`, the heavier; up to 2 the variance is infinite, up to 1 the mean too.
 */
export function drawPareto(tail: number, draw: Draw, index: number): number {
  return (1 - draw(index)) ** (-1 / tail);
}

function mix(value: number): number {
  let hash = value;
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function low(value: number): number {
  return value | 0;
}

function high(value: number): number {
  return floor(value / 0x100000000) | 0;
}
