/** The agents that a Linux machine can run: one folder each, by the source whose tasks it takes. */
import type { AgentSettings } from './agent-settings.ts';
import { type CircleCiAgent, circleCiSettings } from './circleci/settings.ts';
import { type GitHubAgent, gitHubSettings } from './github/settings.ts';
import { type GitLabAgent, gitLabSettings } from './gitlab/settings.ts';

/** What the user data needs for its agent: a union by `source`. */
export type Agent = CircleCiAgent | GitHubAgent | GitLabAgent;

export function agentSettings(agent: Agent): AgentSettings {
  if (agent.source === 'github') return gitHubSettings(agent);
  return agent.source === 'circleci' ? circleCiSettings(agent) : gitLabSettings(agent);
}
