/** Limits of AWS on the whole: mistakes that show only once everything else is known. */
import { USER_DATA_LIMIT_BYTES } from '../runner-userdata/render.ts';
import { fleetUserData } from './fleet-user-data.ts';
import type { ResolvedConfig } from './resolved-config.ts';

/**
 * CloudFormation takes 500 resources per stack. A class makes six, everything else less than thirty.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
const MOST_CLASSES = 75;

/** CloudFormation takes 1 MB per template. Binary or decimal is not said: the smaller one is safe. */
const TEMPLATE_LIMIT_BYTES = 1_000_000;

/** What is not user data, measured at 8 kB per class and 13 kB for the rest, and rounded up. */
const CLASS_TEMPLATE_BYTES = 10_000;
const STACK_TEMPLATE_BYTES = 20_000;

/** How often a tag is written, per class and for the rest, and its bytes besides key and value. */
const CLASS_TAG_PLACES = 8;
const STACK_TAG_PLACES = 30;
const TAG_BYTES = 45;

/** Mistakes of a config that is right in each of its parts. */
export function templateProblems(config: ResolvedConfig): readonly string[] {
  const problems: string[] = [];
  const tagBytes = Object.entries(config.tags)
    .map(([key, value]) => Buffer.byteLength(key + value) + TAG_BYTES)
    .reduce((sum, bytes) => sum + bytes, 0);
  let templateBytes = STACK_TEMPLATE_BYTES + STACK_TAG_PLACES * tagBytes;
  for (const [index, fleet] of config.fleets.entries()) {
    const userData = Buffer.from(fleetUserData(config, fleet));
    templateBytes += CLASS_TEMPLATE_BYTES + CLASS_TAG_PLACES * tagBytes;
    templateBytes += (userData.length * 4) / 3;
    const excess = userData.length - USER_DATA_LIMIT_BYTES;
    if (excess <= 0) continue;
    const without = Buffer.from(fleetUserData(config, { ...fleet, bootScript: '' }));
    problems.push(
      `resourceClasses[${index}] (${fleet.resourceClass}): user data is ${userData.length} bytes, compressed; ` +
        `allowed: ${USER_DATA_LIMIT_BYTES}; bootScript is ${userData.length - without.length} of them: shorten it by ` +
        `${excess}, build what it does into an image, or have it fetch a script of yours`,
    );
  }
  if (config.fleets.length > MOST_CLASSES) {
    problems.push(
      `resourceClasses has ${config.fleets.length} entries; allowed: up to ${MOST_CLASSES} per stack; ` +
        'divide them between two scalers of different names',
    );
  } else if (templateBytes > TEMPLATE_LIMIT_BYTES) {
    problems.push(
      `the template would be about ${templateBytes} bytes; allowed: ${TEMPLATE_LIMIT_BYTES}; ` +
        'divide resourceClasses between two scalers of different names, or shorten the boot scripts',
    );
  }
  return problems;
}
