/** Composition root of the infrastructure: from the config file to the stack. */
import { App } from 'aws-cdk-lib';
import { loadConfig } from '../cli/load-config.ts';
import { UsageError } from '../cli/usage-error.ts';
import { ConfigError } from '../config/config-error.ts';
import { ScalerStack } from '../lib/scaler-stack.ts';

const app = new App();
// Another scaler has another file: `npx cdk deploy --context config=config.staging.ts`.
const file = String(app.node.tryGetContext('config') ?? 'config.ts');

try {
  new ScalerStack(app, await loadConfig(file));
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof UsageError)) throw error;
  process.stderr.write(`${error instanceof ConfigError ? `${file}: ` : ''}${error.message}\n`);
  process.exit(1);
}
