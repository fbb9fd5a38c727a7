import { aws_lambda_nodejs as nodejs } from 'aws-cdk-lib';
import { BUNDLE } from './bundle.ts';

/** `BUNDLE` as the CDK takes it, for every function of the stack. */
export const BUNDLING: nodejs.BundlingOptions = {
  minify: BUNDLE.minify,
  format: nodejs.OutputFormat.CJS,
  target: BUNDLE.target,
  bundleAwsSDK: true,
  logLevel: nodejs.LogLevel.ERROR,
  mainFields: [...BUNDLE.mainFields],
  esbuildArgs: {
    '--alias': Object.entries(BUNDLE.alias).map(([name, path]) => `${name}=${path}`),
  },
};
