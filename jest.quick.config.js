import config from './jest.config.js';

/**
 * The daily loop, `npm run test:quick`: the function, the stack and the config, without the two files that take
 * longest: one waits for real deadlines, one synthesizes many stacks. It needs no program that npm does not bring.
 *
 * @type {import('jest').Config}
 */
export default {
  ...config,
  testMatch: [
    '<rootDir>/test/{lambda,lib,config}/**/*.test.ts',
    '!**/handler.test.ts',
    '!**/synth-validation.test.ts',
  ],
};
