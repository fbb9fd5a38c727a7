/** The settings of GitLab Runner, and the shell variables they become. */
import { TOKEN_PLACEHOLDER } from '../../../../lambda/scaler/contract.ts';
import type { AgentSettings } from '../agent-settings.ts';
import { tokenSecretName } from '../token-secret.ts';

/** What the user data of one fleet needs for GitLab. Texts may be CDK tokens: they are passed on unchanged. */
export interface GitLabAgent {
  readonly source: 'gitlab';
  /** Base URL of the GitLab instance. */
  readonly url: string;
  /**
   * Where jobs run: each in a container, or as a user of the machine. `docker` is what most jobs of GitLab
   * expect: they name an image.
   */
  readonly executor: 'docker' | 'shell';
  /**
   * Id or ARN of the secret whose string is the bare runner authentication token, `glrt-…`. Default: the
   * secret that is named for the role of the instance, see `tokenSecretName`.
   */
  readonly tokenSecretArn?: string;
  /** Image of jobs that name none. Only for the executor `docker`. Default: `DEFAULT_IMAGE`. */
  readonly image?: string;
  /** Version to install, unless the image has it. Default: `GITLAB_RUNNER_VERSION`. */
  readonly version?: string;
  /** SHA-256 of the program. Default: what GitLab's list of checksums for the release says. */
  readonly sha256?: { readonly x86_64?: string; readonly arm64?: string };
}

/**
 * Version that is installed by default. Runner authentication tokens and `.runner_system_id` need 16.0;
 * `run-single` with a config file needs 15.0.
 *
 * @see https://docs.gitlab.com/runner/install/
 */
export const GITLAB_RUNNER_VERSION = '19.4.0';

const DEFAULT_IMAGE = 'ubuntu:24.04';

export function gitLabSettings(agent: GitLabAgent): AgentSettings {
  return {
    variables: {
      TOKEN_SECRET: agent.tokenSecretArn ?? '',
      TOKEN_SECRET_PREFIX: tokenSecretName(''),
      TOKEN_PLACEHOLDER,
      GITLAB_URL: agent.url,
      DEFAULT_IMAGE: agent.image ?? DEFAULT_IMAGE,
      AGENT_VERSION: agent.version ?? GITLAB_RUNNER_VERSION,
      AGENT_SHA256_X86_64: agent.sha256?.x86_64 ?? '',
      AGENT_SHA256_ARM64: agent.sha256?.arm64 ?? '',
    },
    files: [
      'token.sh',
      'release.sh',
      'agents/gitlab/agent.sh',
      'agents/gitlab/job.sh',
      ...(agent.executor === 'shell' ? ['scope.sh'] : []),
      `agents/gitlab/${agent.executor}.sh`,
    ],
    ...(agent.executor === 'docker' && {
      packages: {
        'ubuntu-24.04': { docker: 'docker.io' },
        'amazon-linux-2023': { docker: 'docker' },
      },
    }),
  };
}
