import type { ScalerConfig } from '../config/scaler-config.ts';

/**
 * The classes of `config.ts` with greater maxima and one runner of acme/linux kept ready: a second config
 * to set beside it, with `npm run what-if -- config.ts examples/larger.ts --trace examples/jobs.csv`.
 */
export const config: ScalerConfig = {
  name: 'ci-runners',
  tags: { project: 'ci' },
  resourceClasses: [
    { resourceClass: 'acme/linux', max: 40, headroom: 1 },
    { resourceClass: 'acme/linux-arm', max: 20, architecture: 'arm64', purchase: 'spot' },
    { resourceClass: 'acme/large', max: 12, instanceTypes: ['m7i.2xlarge', 'm6i.2xlarge'] },
  ],
};
