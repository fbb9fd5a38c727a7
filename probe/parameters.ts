/** From what was measured to what the simulator reads. */
import { PARAMETERS, type Parameters } from '../simulator/world/parameters.ts';
import type { Spread } from '../simulator/world/random.ts';
import { DURATIONS, type Measured } from './measure.ts';

/** Only what was measured; `npm start -- --parameters FILE` takes the rest from the defaults. */
export function parametersOf({ durations, pendingCancel }: Measured): Partial<Parameters> {
  const spreads = DURATIONS.flatMap((name) => {
    const spread = spreadOf(durations[name].seconds, PARAMETERS[name].default);
    return spread === undefined ? [] : [[name, spread] as const];
  });
  return {
    ...Object.fromEntries(spreads),
    ...(pendingCancel.value !== undefined && { pendingCancel: pendingCancel.value }),
  };
}

/**
 * The spread that the seconds suggest, of the same kind as the simulator's: uniform from the least to
 * the greatest, or lognormal about the median. One value alone says nothing about the width of a
 * lognormal, which is then the simulator's.
 *
 * @returns undefined without a value
 */
export function spreadOf(seconds: readonly number[], like: Spread): Spread | undefined {
  if (seconds.length === 0) return undefined;
  if ('min' in like) {
    return { min: rounded(Math.min(...seconds)), max: rounded(Math.max(...seconds)) };
  }
  const median = medianOf(seconds);
  if (seconds.length === 1 || Math.min(...seconds) <= 0)
    return { ...like, median: rounded(median) };
  const logs = seconds.map((each) => Math.log(each));
  const mean = logs.reduce((sum, each) => sum + each, 0) / logs.length;
  const variance = logs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (logs.length - 1);
  return { median: rounded(median), sigma: Math.round(1000 * Math.sqrt(variance)) / 1000 };
}

export function medianOf(seconds: readonly number[]): number {
  const sorted = [...seconds].sort((one, other) => one - other);
  const half = Math.floor(sorted.length / 2);
  const [low = 0, high = low] = sorted.slice(Math.ceil(sorted.length / 2) - 1, half + 1);
  return (low + high) / 2;
}

/** To tenths: the clock of a reading is no finer. */
function rounded(seconds: number): number {
  return Math.round(10 * seconds) / 10;
}
