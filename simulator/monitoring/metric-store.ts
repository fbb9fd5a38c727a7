/** Metrics as CloudWatch keeps them: per minute, with the statistics that are asked for, and the hours that are billed. */
import type { Datum } from './emf.ts';

export type Statistic = 'Average' | 'Maximum' | 'Minimum' | 'Sum';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

interface Bucket {
  readonly sum: number;
  readonly count: number;
  readonly most: number;
  readonly least: number;
}

export interface MetricStore {
  put(datum: Datum): void;
  /** Undefined for a period without data. */
  value(
    key: string,
    statistic: Statistic,
    period: { readonly from: number; readonly to: number },
  ): number | undefined;
  /** Hours in which each metric got data, by its key: what is paid. */
  billedHours(): ReadonlyMap<string, number>;
  keys(): readonly string[];
}

function together(one: Bucket, other: Bucket): Bucket {
  return {
    sum: one.sum + other.sum,
    count: one.count + other.count,
    most: Math.max(one.most, other.most),
    least: Math.min(one.least, other.least),
  };
}

const STATISTICS: Readonly<Record<Statistic, (bucket: Bucket) => number>> = {
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => sum / count,
  Maximum: ({ most }) => most,
  Minimum: ({ least }) => least,
};

export function createMetricStore(): MetricStore {
  const metrics = new Map<string, Map<number, Bucket>>();
  return {
    put({ key, at, value }) {
      const minutes = metrics.get(key) ?? new Map<number, Bucket>();
      metrics.set(key, minutes);
      const minute = Math.floor(at / MINUTE_MS);
      const bucket = { sum: value, count: 1, most: value, least: value };
      const before = minutes.get(minute);
      minutes.set(minute, before === undefined ? bucket : together(before, bucket));
    },
    value(key, statistic, { from, to }) {
      const minutes = metrics.get(key);
      if (minutes === undefined) return undefined;
      let all: Bucket | undefined;
      for (let minute = Math.floor(from / MINUTE_MS); minute * MINUTE_MS < to; minute += 1) {
        const bucket = minutes.get(minute);
        if (bucket !== undefined) all = all === undefined ? bucket : together(all, bucket);
      }
      return all && STATISTICS[statistic](all);
    },
    billedHours() {
      return new Map(
        [...metrics].map(([key, minutes]) => [
          key,
          new Set([...minutes.keys()].map((minute) => Math.floor((minute * MINUTE_MS) / HOUR_MS)))
            .size,
        ]),
      );
    },
    keys: () => [...metrics.keys()],
  };
}
