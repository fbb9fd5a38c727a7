/** What the metrics of a run cost, as CloudWatch bills them: by the hours in which each got data. */
import { METRIC_NAMESPACE } from '../../../lambda/scaler/contract.ts';
import type { Watched } from '../../../simulator/monitoring/watched-run.ts';

/** USD a month for a metric that gets data in each of so many hours: https://aws.amazon.com/cloudwatch/pricing/ */
const METRIC_MONTH = 0.3;
const MONTH_HOURS = 730;

/** @returns class-hours with demand, metric-hours of the two names, of all others, and USD for all of them */
export function paidIn({ store }: Watched): readonly (number | string)[] {
  const own = [...store.billedHours()].filter(([key]) => key.startsWith(`["${METRIC_NAMESPACE}"`));
  const sum = (holds: (key: string) => boolean) =>
    own.filter(([key]) => holds(key)).reduce((total, [, hours]) => total + hours, 0);
  const inUse = sum((key) => key.includes('"UnclaimedTasks"'));
  const waits = sum((key) => key.includes('"QueueSeconds"'));
  const all = sum(() => true);
  return [inUse, waits, all - inUse - waits, ((all * METRIC_MONTH) / MONTH_HOURS).toFixed(3)];
}
