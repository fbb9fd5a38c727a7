/** The settings of the scaler's sources, as they follow from the config but for where each credential is kept. */
import type { ConfiguredSources, SourceName } from '../lambda/scaler/contract.ts';
import type { ResolvedConfig, TokenSource } from './resolved-config.ts';

/** @param secretOf id or ARN of the secret that holds the source's credential */
export function sourceSettings(
  { circleci, github, gitlab }: Pick<ResolvedConfig, SourceName>,
  secretOf: (source: SourceName, kept: TokenSource) => string,
): ConfiguredSources {
  return {
    circleci: circleci && {
      url: circleci.url,
      api: circleci.api,
      callsPerSecond: circleci.callsPerSecond,
      tokenSecret: secretOf('circleci', circleci.apiToken),
    },
    github: github && {
      url: github.url,
      appSecret: secretOf('github', github.app),
      scope: github.scope,
    },
    gitlab: gitlab && {
      url: gitlab.url,
      tokenSecret: secretOf('gitlab', gitlab.apiToken),
      scope: gitlab.scope,
    },
  };
}
