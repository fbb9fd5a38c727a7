import { WAKING_EVENTS } from '../../drive/scaler-function.ts';
import { BUILDKITES } from './buildkite.ts';
import { ORACLES } from './oracle.ts';
import { ours } from './ours.ts';
import type { Rule } from './rule.ts';
import { TUTORIALS } from './tutorial.ts';
import { VELA } from './vela.ts';

/** Seconds from one pass to the next at which our rule takes part. */
const EVERY_SECONDS = [60, 10, 5] as const;

/** Every rule that takes part unless fewer are asked for. */
export const RULES: readonly Rule[] = [
  ...ORACLES,
  ...TUTORIALS,
  VELA,
  ...BUILDKITES,
  ...EVERY_SECONDS.map((everySeconds) => ours({ everySeconds })),
  ...EVERY_SECONDS.map((everySeconds) => ours({ everySeconds, events: WAKING_EVENTS })),
];
