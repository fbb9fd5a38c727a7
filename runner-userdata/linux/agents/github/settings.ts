/** The settings of GitHub's runner, and the shell variables they become. */
import type { AgentSettings } from '../agent-settings.ts';

/** What the user data of one fleet needs for GitHub. Texts may be CDK tokens: they are passed on unchanged. */
export interface GitHubAgent {
  readonly source: 'github';
  /** Base URL of GitHub as people open it; for the log only, because the just-in-time config names the server. */
  readonly gitHubUrl: string;
}

/**
 * Tag of an instance whose value is the base URL of the registrar. A machine reads it from the metadata service,
 * which needs `InstanceMetadataTags: enabled`: in the user data, a URL that is known only at the deployment would
 * leave no room, because then nothing can be compressed as a whole. The machine signs its calls with the role of the
 * instance, so there is no secret to hand over.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html
 */
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
      REGISTRAR_TAG,
      GITHUB_URL: agent.gitHubUrl,
    },
    files: ['agents/github/agent.sh', 'agents/github/task.sh', 'agents/github/job.sh'],
    packages: LIBRARIES,
  };
}
