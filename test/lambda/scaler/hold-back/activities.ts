import type { Activity } from '../../../../lambda/scaler/fleet/fleets.ts';

export const ABANDONED =
  "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token 7c5e was abandoned: " +
  'Lifecycle Action Completed with ABANDON Result';

/** A launch that began a minute before it ended, at that second, in service unless it is changed. */
export function launch(second: number, change: Partial<Activity> = {}): Activity {
  const endedAt = 1000 * second;
  return {
    kind: 'launch',
    status: 'Successful',
    instanceId: `i-${second}`,
    sentence: '',
    startedAt: endedAt - 60_000,
    endedAt,
    ...change,
  };
}

export function abandoned(second: number): Activity {
  return launch(second, { status: 'Cancelled', sentence: ABANDONED });
}

export function end(second: number): Activity {
  return { ...launch(second), kind: 'end', startedAt: 1000 * second };
}
