/** Limits of AWS on the whole: mistakes that show only once everything else is known. */
import { USER_DATA_LIMIT_BYTES } from '../runner-userdata/render.ts';
import { fleetUserData } from './fleet-user-data.ts';
import type { ResolvedConfig, ResolvedFleet } from './resolved-config.ts';

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

/** What a secret of the stack is called at most besides its class: prefix, logical id, random suffix. */
const SECRET_ARN_BYTES = 160;

/** Mistakes of a config that is right in each of its parts. */
export function templateProblems(config: ResolvedConfig): readonly string[] {
  const problems: string[] = [];
  const tagBytes = Object.entries(config.tags)
    .map(([key, value]) => Buffer.byteLength(key + value) + TAG_BYTES)
    .reduce((sum, bytes) => sum + bytes, 0);
  let templateBytes = STACK_TEMPLATE_BYTES + STACK_TAG_PLACES * tagBytes;
  for (const [index, fleet] of config.fleets.entries()) {
    const script = fleetUserData(config, fleet, fleet.token.existingSecretArn ?? longestArn(fleet));
    templateBytes += CLASS_TEMPLATE_BYTES + CLASS_TAG_PLACES * tagBytes;
    // In the template each line break and quote takes two bytes.
    templateBytes += Buffer.byteLength(JSON.stringify(script));
    const excess = Buffer.byteLength(script) - USER_DATA_LIMIT_BYTES;
    if (excess <= 0) continue;
    const ownBytes = Buffer.byteLength(fleet.bootScript ?? '');
    problems.push(
      `resourceClasses[${index}] (${fleet.resourceClass}): user data is ${USER_DATA_LIMIT_BYTES + excess} bytes; ` +
        `allowed: ${USER_DATA_LIMIT_BYTES}; shorten bootScript, which is ${ownBytes} bytes, by ${excess}, ` +
        'or build what it does into an image',
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

/** Stands in for the ARN of a secret that does not exist yet. */
function longestArn(fleet: ResolvedFleet): string {
  return 'x'.repeat(SECRET_ARN_BYTES + fleet.resourceClass.length);
}
