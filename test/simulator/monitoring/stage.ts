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

/**
 * How CloudWatch may cut periods, and how late data may come, neither of which it says for sure. How far it looks back
 * changes nothing, as every alarm fills in what is missing.
 */
export const WAYS = [true, false].flatMap((aligned) =>
  [0, 1, 2].map((lateMinutes) => ({ extraPeriods: 5, aligned, lateMinutes })),
);
