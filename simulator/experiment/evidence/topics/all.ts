import { BOUNDS } from './bounds.ts';
import { HOLD_BACKS } from './hold-backs.ts';
import { GROWTH_CAP } from './growth-cap.ts';
import { HEADROOM } from './headroom.ts';
import { IDLE_TIMEOUT } from './idle-timeout.ts';
import type { Topic } from './topic.ts';

export const TOPICS: readonly Topic[] = [HEADROOM, GROWTH_CAP, IDLE_TIMEOUT, HOLD_BACKS, BOUNDS];
