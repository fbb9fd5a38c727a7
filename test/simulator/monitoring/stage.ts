/** The alarms exactly as the template has them, and what the simulator makes of them. */
import type { ScalerConfig } from '../../../config/scaler-config.ts';
import { resourcesOf } from '../../../lib/template.ts';
import type { AlarmProperties } from '../../../simulator/monitoring/alarm.ts';
import { FUNCTION_NAME } from '../../../simulator/monitoring/watched-run.ts';

/** The reference to the function becomes the stand-in's name. */
export function alarmsOf(config: ScalerConfig): readonly AlarmProperties[] {
  return Object.values(resourcesOf(config))
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(
      ({ Properties }) =>
        JSON.parse(JSON.stringify(Properties), (key, value: unknown) =>
          key === 'Value' && typeof value === 'object' ? FUNCTION_NAME : value,
        ) as AlarmProperties,
    );
}

/** How CloudWatch may look at periods, and how late data may come, which it does not say. */
export const WAYS = [0, 5].flatMap((extraPeriods) =>
  [true, false].flatMap((aligned) =>
    [0, 1, 2].map((lateMinutes) => ({ extraPeriods, aligned, lateMinutes })),
  ),
);
