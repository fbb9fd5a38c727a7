import { WAKING_EVENTS } from '../../drive/scaler-function.ts';
import type { Rule } from '../rule.ts';
import { BUILDKITES } from './buildkite.ts';
import { ORACLES } from './oracle.ts';
import { ours } from './ours.ts';
import { TUTORIALS } from './tutorial.ts';
import { VELA } from './vela.ts';

/** Busy intervals in seconds at which our rule takes part. */
const BUSY_SECONDS = [60, 10, 5, 3] as const;

/** Every rule that takes part unless fewer are asked for, in the order of the table. */
export const RULES: readonly Rule[] = [
  ...ORACLES,
  ...TUTORIALS,
  VELA,
  ...BUILDKITES,
  ...BUSY_SECONDS.map((busySeconds) => ours({ busySeconds })),
  ...BUSY_SECONDS.map((busySeconds) => ours({ busySeconds, events: WAKING_EVENTS })),
  ours({ busySeconds: 60, events: ['task-ended'] }),
  ours({ busySeconds: 60, events: ['instance-shutting-down'] }),
  ours({ busySeconds: 5, events: ['instance-shutting-down'] }),
  ours({ busySeconds: 60, events: ['instance-terminated'] }),
  ours({ busySeconds: 60, first: 'unclaimed' }),
  ours({ busySeconds: 5, first: 'unclaimed' }),
];
