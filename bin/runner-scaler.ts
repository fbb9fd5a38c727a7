/** Composition root of the infrastructure: from the config file to the stack. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { ConfigError } from '../config/config-error.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { ScalerStack } from '../lib/scaler-stack.ts';

const app = new App();
// Another scaler has another file: `npx cdk deploy --context config=config.staging.ts`.
const file = String(app.node.tryGetContext('config') ?? 'config.ts');

try {
  const module: unknown = await import(pathToFileURL(resolve(file)).href);
  if (typeof module !== 'object' || module === null || !('config' in module)) {
    throw new ConfigError([`${file} exports no config; needed: export const config: ScalerConfig`]);
  }
  new ScalerStack(app, resolveConfig(module.config));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${file}: ${error.message}\n`);
  process.exit(1);
}
