/** The settings of GitLab's runner, and the shell variables they become. */
import type { AgentSettings } from '../agent-settings.ts';

export interface GitLabAgent {
  readonly source: 'gitlab';
  readonly url: string;
  readonly executor: 'docker' | 'shell';
  /** Default: the secret that is named for the role of the instance. */
  readonly tokenSecretArn?: string;
}

export function gitLabSettings(agent: GitLabAgent): AgentSettings {
  return {
    variables: {
      GITLAB_URL: agent.url,
      EXECUTOR: agent.executor,
      TOKEN_SECRET: agent.tokenSecretArn ?? '',
    },
    files: [],
  };
}
