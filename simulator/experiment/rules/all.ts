import { WAKING_EVENTS } from '../../drive/scaler-function.ts';
import type { Rule } from './rule.ts';
import { BUILDKITES } from './buildkite.ts';
import { ORACLES } from './oracle.ts';
import { ours } from './ours.ts';
import { TUTORIALS } from './tutorial.ts';
import { VELA } from './vela.ts';

/** Seconds from one pass to the next at which our rule takes part. */
const EVERY_SECONDS = [60, 10, 5] as const;

/** Every rule that takes part unless fewer are asked for, in the order of the table. */
export const RULES: readonly Rule[] = [
  ...ORACLES,
  ...TUTORIALS,
  VELA,
  ...BUILDKITES,
  ...EVERY_SECONDS.map((everySeconds) => ours({ everySeconds })),
  ...EVERY_SECONDS.map((everySeconds) => ours({ everySeconds, events: WAKING_EVENTS })),
  ours({ everySeconds: 60, events: ['task-ended'] }),
  ours({ everySeconds: 60, events: ['instance-shutting-down'] }),
  ours({ everySeconds: 5, events: ['instance-shutting-down'] }),
  ours({ everySeconds: 60, events: ['instance-terminated'] }),
  ours({ everySeconds: 60, first: 'unclaimed' }),
  ours({ everySeconds: 5, first: 'unclaimed' }),
];
