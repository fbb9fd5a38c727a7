/** What the infrastructure and the scaler have to agree on about GitLab. */
import type { SourceRules } from './source-rules.ts';

export const GITLAB_CLASS_PATTERN = /^[A-Za-z0-9_./:+-]{1,100}$/;

export const GITLAB_RULES: SourceRules = {
  className: {
    pattern: GITLAB_CLASS_PATTERN,
    allowed: 'a name of 1 to 100 letters, digits and _ . / : + -, such as linux-large',
  },
  demandProblem: (text) => (text === undefined ? 'allowed: {"runner":123}' : undefined),
  leastPassIntervalSeconds: 5,
};

/** Whose jobs are counted. */
export type GitLabScope =
  | { readonly kind: 'instance' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'projects'; readonly projects: readonly (string | number)[] };

export interface GitLabSettings {
  readonly url: string;
  readonly tokenSecret: string;
  readonly scope: GitLabScope;
}
