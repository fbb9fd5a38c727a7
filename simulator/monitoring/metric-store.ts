/** Metrics as CloudWatch keeps them: per minute, with the statistics that are asked for, and the hours that are billed. */
import type { Datum } from './emf.ts';

export type Statistic = 'Average' | 'Maximum' | 'Minimum' | 'Sum';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

interface Bucket {
  sum: number;
  count: number;
  most: number;
  least: number;
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

export function createMetricStore(): MetricStore {
  const metrics = new Map<string, Map<number, Bucket>>();
  return {
    put({ key, at, value }) {
      const minutes = metrics.get(key) ?? new Map<number, Bucket>();
      metrics.set(key, minutes);
      const minute = Math.floor(at / MINUTE_MS);
      const before = minutes.get(minute) ?? {
        sum: 0,
        count: 0,
        most: Number.NEGATIVE_INFINITY,
        least: Number.POSITIVE_INFINITY,
      };
      minutes.set(minute, {
        sum: before.sum + value,
        count: before.count + 1,
        most: Math.max(before.most, value),
        least: Math.min(before.least, value),
      });
    },
    value(key, statistic, { from, to }) {
      const minutes = metrics.get(key);
      const found: Bucket[] = [];
      for (let minute = Math.floor(from / MINUTE_MS); minute * MINUTE_MS < to; minute += 1) {
        const bucket = minutes?.get(minute);
        if (bucket !== undefined) found.push(bucket);
      }
      if (found.length === 0) return undefined;
      const sum = found.reduce((total, bucket) => total + bucket.sum, 0);
      const count = found.reduce((total, bucket) => total + bucket.count, 0);
      return {
        Sum: sum,
        Average: sum / count,
        Maximum: Math.max(...found.map(({ most }) => most)),
        Minimum: Math.min(...found.map(({ least }) => least)),
      }[statistic];
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
