import { BOUNDS } from './bounds.ts';
import { CONTROL_PLANE } from './control-plane.ts';
import { GITLAB } from './gitlab.ts';
import { HOLD_BACKS } from './hold-backs.ts';
import { SCHEDULES } from './schedules.ts';
import type { Topic } from './topic.ts';

export const TOPICS: readonly Topic[] = [HOLD_BACKS, BOUNDS, CONTROL_PLANE, GITLAB, SCHEDULES];

/** For help: every topic with its sentence. */
export function topicsHelp(): string {
  const lines = TOPICS.map(({ name, about }) => `  ${name.padEnd(14)}  ${about}`);
  return `Topics:\n${lines.join('\n')}`;
}
