import type { ScalerConfig } from './config/scaler-config.ts';

/**
 * The file to edit. Every option is explained where it is declared, in config/scaler-config.ts and beside it, and with
 * examples in docs/configuration.md. For GitLab, begin with examples/gitlab.ts.
 */
export const config: ScalerConfig = {
  name: 'ci-runners',
  tags: { project: 'ci' },
  resourceClasses: [
    { resourceClass: 'acme/linux', max: 20 },
    { resourceClass: 'acme/linux-arm', max: 10, architecture: 'arm64', purchase: 'spot' },
    { resourceClass: 'acme/large', max: 6, instanceTypes: ['m7i.2xlarge', 'm6i.2xlarge'] },
  ],
};
