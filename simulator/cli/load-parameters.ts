import { readFile } from 'node:fs/promises';
import { errorFacts, parseObject } from '../../lambda/scaler/contract.ts';
import { parametersWith } from '../world/parameter-values.ts';
import type { Parameters } from '../world/parameters.ts';
import { type RunOptionsFromCli, UsageError } from './options.ts';

/** What a report says about the file, if there is one. */
export function parameterNotes({
  parameters: path,
}: Pick<RunOptionsFromCli, 'parameters'>): readonly string[] {
  return path === undefined ? [] : [`The parameters of ${path} stand over the world's defaults.`];
}

/**
 * Reads the file of `--parameters`: a JSON object with some of the world's parameters, such as the one
 * that `npm run probe -- --json` writes.
 *
 * @returns only what the file holds; nothing without a file
 * @throws UsageError that names the file and each parameter, its value and what is allowed
 */
export async function loadParameters({
  parameters: path,
  bootSeconds,
}: Pick<RunOptionsFromCli, 'parameters' | 'bootSeconds'>): Promise<Partial<Parameters>> {
  if (path === undefined) return {};
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${path} cannot be read: ${errorFacts(error).message}`);
  });
  const values: Partial<Parameters> | undefined = parseObject(text);
  if (values === undefined) {
    throw new UsageError(
      `${path} is not a JSON object; allowed: { "launchLag": { "min": 2, "max": 8 }, … }`,
    );
  }
  try {
    parametersWith(values);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`${path}: ${error.message}`);
  }
  if (values.boot !== undefined && bootSeconds !== undefined) {
    throw new UsageError(
      `${path} holds boot, and --boot-seconds is given; allowed: one of the two`,
    );
  }
  return values;
}
