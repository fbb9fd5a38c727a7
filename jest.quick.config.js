import config from './jest.config.js';

/**
 * The daily loop, `npm run test:quick`: the function, the stack and the config, without the file that takes
 * longest, which has the CDK check whole templates. It needs no program that npm does not bring.
 *
 * @type {import('jest').Config}
 */
export default {
  ...config,
  testMatch: ['<rootDir>/test/{lambda,lib,config}/**/*.test.ts', '!**/synth-validation.test.ts'],
};
