import { readFile } from 'node:fs/promises';
import { errorFacts, parseObject } from '../../lambda/scaler/contract.ts';
import { parametersWith } from '../world/parameter-values.ts';
import { type Parameters, PARAMETERS } from '../world/parameters.ts';
import type { WorldGiven } from './option-groups.ts';
import { UsageError } from '../../cli/usage-error.ts';

/** What a report says about the file, if there is one. */
export function parameterNotes({
  parameters: path,
}: Pick<WorldGiven, 'parameters'>): readonly string[] {
  return path === undefined ? [] : [`The parameters of ${path} stand over the world's defaults.`];
}

/**
 * What `--boot-seconds` and `--parameters` change in the world. The file is a JSON object with some of the
 * world's parameters, such as the one that `runner-scaler probe --json` writes.
 *
 * @returns only what was given
 * @throws UsageError that names the file and each parameter, its value and what is allowed
 */
export async function loadParameters({
  parameters: path,
  bootSeconds,
}: WorldGiven): Promise<Partial<Parameters>> {
  const boot = bootSeconds && { boot: { ...PARAMETERS.boot.default, median: bootSeconds } };
  if (path === undefined) return { ...boot };
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
  return { ...boot, ...values };
}
