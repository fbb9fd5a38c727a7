import type { ScalerConfig } from '../config/scaler-config.ts';

/**
 * Fleets for the repositories of an organisation in GitHub, without CircleCI; docs/github.md says what to do in GitHub
 * first. A job chooses its machines by labels: `runs-on: [self-hosted, acme, gpu]` gets a GPU,
 * `runs-on: [self-hosted, acme]` whatever is cheapest, because it counts for the fleet with fewest labels. To see a day
 * of it: `npm start -- --config examples/github.ts`.
 */
export const config: ScalerConfig = {
  name: 'github-runners',
  github: {
    owners: ['acme'],
    webhook: true,
    fleets: [
      { name: 'small-spot', labels: ['acme'], max: 40, purchase: 'spot' },
      {
        name: 'large',
        labels: ['acme', 'large', 'on-demand'],
        max: 10,
        instanceTypes: ['m7i.4xlarge', 'm6i.4xlarge'],
      },
      { name: 'gpu', labels: ['acme', 'gpu'], max: 4, instanceTypes: ['g6.xlarge', 'g5.xlarge'] },
      { name: 'arm', labels: ['acme-arm'], max: 10, architecture: 'arm64' },
    ],
  },
};
