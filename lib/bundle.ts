/** How the function is bundled: in one place, so that what is measured is what is deployed. */
export const BUNDLE = {
  minify: true,
  /**
   * CommonJS starts as quickly as ES modules on Node 24 and needs no shim for the packages that still
   * call `require`.
   */
  format: 'cjs',
  target: 'node24',
  /** The SDK's ES modules can be shaken: a third smaller than its CommonJS. */
  mainFields: ['module', 'main'],
} as const;
