/** The settings of CircleCI's machine runner, and the shell variables they become. */
import { TOKEN_PLACEHOLDER } from '../../../../lambda/scaler/contract.ts';
import type { AgentSettings } from '../agent-settings.ts';
import { tokenSecretName } from '../token-secret.ts';

/** What the user data of one fleet needs for CircleCI. Texts may be CDK tokens: they are passed on unchanged. */
export interface CircleCiAgent {
  readonly source: 'circleci';
  /**
   * Id or ARN of the secret whose string is the bare runner token. Default: the secret that is named for
   * the role of the instance, see `tokenSecretName`.
   */
  readonly tokenSecret?: string;
  /** Base URL of the runner API. */
  readonly runnerUrl: string;
  /** Hand a task back to the queue when the machine is taken away (spot); it runs again from its start. */
  readonly retryOnInterruption: boolean;
  /** Version to install, unless the image has it. */
  readonly version: string;
  /** SHA-256 of the agent's archive. Default: what CircleCI's release manifest says. */
  readonly sha256?: { readonly x86_64?: string; readonly arm64?: string };
}

/**
 * Version that is installed by default. 3.1.12 fixed `max_run_time` and 3.1.13 brought
 * `enable_unsafe_retries`, so nothing older will do.
 *
 * @see https://circleci.com/changelog/runner-release-3-1-13/
 */
export const AGENT_VERSION = '3.1.13';

export function circleCiSettings(agent: CircleCiAgent): AgentSettings {
  return {
    variables: {
      TOKEN_SECRET: agent.tokenSecret ?? '',
      TOKEN_SECRET_PREFIX: tokenSecretName(''),
      TOKEN_PLACEHOLDER,
      RUNNER_URL: agent.runnerUrl,
      RETRY_ON_INTERRUPTION: String(agent.retryOnInterruption),
      AGENT_VERSION: agent.version,
      AGENT_SHA256_X86_64: agent.sha256?.x86_64 ?? '',
      AGENT_SHA256_ARM64: agent.sha256?.arm64 ?? '',
    },
    files: [
      'token.sh',
      'release.sh',
      'scope.sh',
      'agents/circleci/agent.sh',
      'agents/circleci/task.sh',
    ],
  };
}
