import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  // Generous, because machines that build are busy: a time-out here means a hang, never a slow machine.
  testTimeout: 60_000,
  // Three on two cores: much of a test's time is waiting for a process it started, or for an answer on loopback.
  // As a number, because Jest takes a percentage above 100 for a number of workers.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  setupFiles: ['<rootDir>/test/quiet-sdk.ts', '<rootDir>/test/property-seed.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
      },
    ],
  },
  // This package names no file for CommonJS, though its file will do.
  moduleNameMapper: {
    '^@octokit/webhooks-methods$':
      '<rootDir>/node_modules/@octokit/webhooks-methods/dist-node/index.js',
  },
  // These packages ship ES modules only; Jest runs CommonJS, so they are transformed like our own files.
  transformIgnorePatterns: [
    '/node_modules/(?!(p-limit|yocto-queue|d3-[a-z-]+|internmap|@octokit/[a-z-]+|universal-[a-z-]+|toad-cache|fast-content-type-parse|before-after-hook|json-with-bigint|content-type)/)',
  ],
};
