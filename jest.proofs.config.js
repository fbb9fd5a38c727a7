import config from './jest.config.js';

/**
 * Proofs that take long: whole deployments made and searched, days of running over the wire, each command as its user
 * starts it. `npm run test:proofs` runs them, and .ci/run does.
 *
 * @type {import('jest').Config}
 */
export default { ...config, testMatch: ['<rootDir>/test/**/*.proof.ts'] };
