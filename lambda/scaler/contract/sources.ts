/** The CI systems whose queues can be read. */
import { CIRCLECI_RULES } from './circleci.ts';
import { GITHUB_RULES } from './github.ts';
import { GITLAB_RULES } from './gitlab.ts';
import type { SourceRules } from './source-rules.ts';

/** The CI systems a fleet can name in its source tag. */
export const SOURCES = ['circleci', 'github', 'gitlab'] as const;
export type SourceName = (typeof SOURCES)[number];

export const SOURCE_RULES: Readonly<Record<SourceName, SourceRules>> = {
  circleci: CIRCLECI_RULES,
  github: GITHUB_RULES,
  gitlab: GITLAB_RULES,
};

/** Whether a class of some source may be called so. */
export function isClassName(text: string): boolean {
  return SOURCES.some((source) => SOURCE_RULES[source].className.pattern.test(text));
}
