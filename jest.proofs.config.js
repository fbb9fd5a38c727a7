import config from './jest.config.js';

/**
 * Proofs that take long: whole deployments made and searched, a day of running over the wire. `npm run
 * test:proofs` runs them, and .ci/run does.
 *
 * @type {import('jest').Config}
 */
export default { ...config, testMatch: ['<rootDir>/test/**/*.proof.ts'] };
