/**
 * What a template says of how it was made: of which options, by which version. Whoever compares a deployment with a
 * config reads it there, instead of guessing options from properties of resources.
 */
import { type OptionsInWords, optionsInWords } from '../config/options-in-words.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { isObject } from '../lambda/scaler/contract.ts';
import packageJson from '../package.json' with { type: 'json' };

/** Its key in the template's `Metadata`. */
const KEY = 'runner-scaler';

export interface ConfigRecord {
  /** Of runner-scaler. */
  readonly version: string;
  readonly options: OptionsInWords;
}

/** The template's `Metadata`. */
export function metadataOf(config: ResolvedConfig): Readonly<Record<string, ConfigRecord>> {
  return { [KEY]: { version: packageJson.version, options: optionsInWords(config) } };
}

/** @returns undefined where a template says nothing that is understood */
export function recordIn(metadata: unknown): ConfigRecord | undefined {
  const record = isObject(metadata) ? metadata[KEY] : undefined;
  if (!isObject(record)) return undefined;
  const { version, options } = record;
  if (typeof version !== 'string' || !isObject(options)) return undefined;
  const texts = Object.entries(options).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { version, options: Object.fromEntries(texts) };
}
