import type { ScalerConfig } from '../config/scaler-config.ts';

/**
 * Fleets for a GitLab of one's own, without CircleCI; docs/gitlab.md says what to do in GitLab first. A job chooses
 * between spot and on-demand machines by the tag that the runner has in GitLab, such as `tags: [computetype-spot]`.
 * To see a day of it: `npm start -- --config examples/gitlab.ts`.
 */
export const config: ScalerConfig = {
  name: 'gitlab-runners',
  gitlab: {
    url: 'https://gitlab.example.com',
    scope: 'instance',
    fleets: [
      // In GitLab, this runner has the tag computetype-spot, and the next one computetype-ondemand.
      { name: 'linux-spot', runner: 101, max: 20, purchase: 'spot' },
      { name: 'linux-ondemand', runner: 102, max: 10 },
      { name: 'deploy', runner: 103, max: 6, executor: 'shell', architecture: 'arm64' },
    ],
  },
};
