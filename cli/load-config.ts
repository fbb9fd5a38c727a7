import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isObject } from '../lambda/scaler/contract.ts';
import { errorFacts } from '../lambda/scaler/contract.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { UsageError } from './usage-error.ts';

/**
 * Reads a config file, which exports `config`, and checks it as the deployment does.
 *
 * @throws UsageError when the file cannot be read as one
 * @throws ConfigError with every mistake of the config
 */
export async function loadConfig(path: string): Promise<ResolvedConfig> {
  const file = resolve(path);
  await access(file).catch((error: unknown) => {
    throw new UsageError(`${path} cannot be read: ${errorFacts(error).message}`);
  });
  let loaded: unknown;
  try {
    loaded = await import(pathToFileURL(file).href);
  } catch (error) {
    throw new UsageError(`${path} cannot be loaded: ${errorFacts(error).message}`);
  }
  const config = isObject(loaded) ? loaded['config'] : undefined;
  if (config === undefined) {
    throw new UsageError(`${path} exports no config; allowed: export const config = { … }`);
  }
  return resolveConfig(config);
}
