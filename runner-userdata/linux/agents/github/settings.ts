/** The settings of GitHub's runner, and the shell variables they become. */
import type { AgentSettings } from '../agent-settings.ts';

/** What the user data of one fleet needs for GitHub. Texts may be CDK tokens: they are passed on unchanged. */
export interface GitHubAgent {
  readonly source: 'github';
  /**
   * Base URL of the function that registers machines, of one that has a URL of its own (`AWS_IAM`). A machine signs
   * its calls with the role of the instance, so there is no secret to hand over. A URL that is known only at the
   * deployment makes the user data a third larger, which leaves no room; then leave it out. Default: the value of
   * the instance's tag `REGISTRAR_TAG`, which needs `InstanceMetadataTags: enabled`.
   */
  readonly registrarUrl?: string;
  /** Base URL of GitHub as people open it; for the log only, because the just-in-time config names the server. */
  readonly gitHubUrl: string;
}

/** Tag of an instance whose value is the URL of the registrar, as the metadata service shows it. */
export const REGISTRAR_TAG = 'runner-scaler:registrar';

/**
 * Libraries that the runner's .NET loads, by the package that brings each.
 *
 * @see https://github.com/actions/runner/blob/main/src/Misc/layoutbin/installdependencies.sh
 * @see https://learn.microsoft.com/en-us/dotnet/core/install/linux-ubuntu-decision
 */
const LIBRARIES = {
  'ubuntu-24.04': {
    'libicuuc.so': 'libicu74',
    'libssl.so.3': 'libssl3t64',
    'libgssapi_krb5.so.2': 'libgssapi-krb5-2',
    'libz.so.1': 'zlib1g',
    'libstdc++.so.6': 'libstdc++6',
  },
  'amazon-linux-2023': {
    'libicuuc.so': 'libicu',
    'libssl.so.3': 'openssl-libs',
    'libgssapi_krb5.so.2': 'krb5-libs',
    'libz.so.1': 'zlib',
    'libstdc++.so.6': 'libstdc++',
  },
} as const;

export function gitHubSettings(agent: GitHubAgent): AgentSettings {
  return {
    variables: {
      REGISTRAR_URL: agent.registrarUrl ?? '',
      REGISTRAR_TAG,
      GITHUB_URL: agent.gitHubUrl,
    },
    files: ['agents/github/agent.sh', 'agents/github/task.sh', 'agents/github/job.sh'],
    packages: LIBRARIES,
  };
}
