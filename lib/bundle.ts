/** How the function is bundled; in one place, so that `npm run bench` measures what is deployed. */
import { fileURLToPath } from 'node:url';

export const BUNDLE = {
  minify: true,
  /**
   * CommonJS starts as quickly as ES modules on Node 24 and needs no shim for the packages that still
   * call `require`.
   */
  format: 'cjs',
  target: 'node24',
  /** Unused code can be left out of the SDK's ES modules: a third smaller than its CommonJS. */
  mainFields: ['module', 'main'],
  /** Lambda's credentials are in the environment; the SDK's search for others is a third of the bundle. */
  alias: {
    '@aws-sdk/credential-provider-node': fileURLToPath(
      new URL('../lambda/scaler/env-credentials.ts', import.meta.url),
    ),
  },
} as const;
