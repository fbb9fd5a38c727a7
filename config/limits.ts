/** AWS limits on the stack as a whole: mistakes that show only once everything else is known. */
import { USER_DATA_LIMIT_BYTES } from '../runner-userdata/user-data.ts';
import { FLEET_LISTS, placeOf } from './fleet-place.ts';
import { variableProblems } from './function-variables.ts';
import { fleetUserData } from './fleet-user-data.ts';
import type { ResolvedConfig, ResolvedFleet } from './resolved-config.ts';

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MOST_RESOURCES = 500;

/** A class makes at most six, and with alarms of its own nine more; everything else is less than eighty. */
const STACK_RESOURCES = 80;
const CLASS_RESOURCES = 6;
const CLASS_ALARMS = 9;

/** CloudFormation takes 1 MB per template. It does not say whether binary or decimal; decimal is the smaller. */
const TEMPLATE_LIMIT_BYTES = 1_000_000;

/**
 * The template without user data: measured at 9.4 kB per class, and at 22.2 kB for the rest with every source and no
 * monitoring, rounded up.
 */
const CLASS_TEMPLATE_BYTES = 10_000;
const CLASS_ROW_BYTES = 3_000;
const CLASS_ALARMS_BYTES = 15_000;
const STACK_TEMPLATE_BYTES = 25_000;
const MONITORING_BYTES = 25_000;

/** How often a tag is written, per class and for the rest, and its bytes beside key and value. */
const CLASS_TAG_PLACES = 8;
const STACK_TAG_PLACES = 30;
const TAG_BYTES = 45;

/** What is wrong with a config whose parts are all valid. */
export function templateProblems(config: ResolvedConfig): readonly string[] {
  const problems = [...variableProblems(config)];
  const hasClassAlarms = config.monitoring.alarms?.perClass === true;
  const classResources = CLASS_RESOURCES + (hasClassAlarms ? CLASS_ALARMS : 0);
  const mostClasses = Math.floor((MOST_RESOURCES - STACK_RESOURCES) / classResources);
  const { dashboard, alarms } = config.monitoring;
  const classBytes =
    CLASS_TEMPLATE_BYTES +
    (hasClassAlarms ? CLASS_ALARMS_BYTES : 0) +
    (dashboard ? CLASS_ROW_BYTES : 0);
  const monitoringBytes = dashboard || alarms ? MONITORING_BYTES : 0;
  const tagBytes = Object.entries(config.tags)
    .map(([key, value]) => Buffer.byteLength(key + value) + TAG_BYTES)
    .reduce((sum, bytes) => sum + bytes, 0);
  let templateBytes = STACK_TEMPLATE_BYTES + monitoringBytes + STACK_TAG_PLACES * tagBytes;
  for (const fleet of config.fleets) {
    const userData = fleetUserData(config, fleet);
    const bytes = Buffer.from(userData).length;
    templateBytes += classBytes + CLASS_TAG_PLACES * tagBytes + writtenBytes(userData);
    if (bytes > USER_DATA_LIMIT_BYTES) {
      problems.push(
        `${placeOf(fleet, config.fleets)} (${fleet.resourceClass}): ${excessOf(config, fleet, bytes)}`,
      );
    }
  }
  const named = (['circleci', 'github', 'gitlab'] as const)
    .filter((source) => config[source] !== undefined)
    .map((source) => FLEET_LISTS[source]);
  const lists = named.join(' and ');
  const verb = named.length > 1 ? 'together have' : 'has';
  if (config.fleets.length > mostClasses) {
    problems.push(
      `${lists} ${verb} ${config.fleets.length} entries; allowed: up to ${mostClasses} per stack${hasClassAlarms ? ' with monitoring.alarms.perClass' : ''}; ` +
        'divide them between two scalers of different names',
    );
  } else if (templateBytes > TEMPLATE_LIMIT_BYTES) {
    problems.push(
      `the template would be about ${templateBytes} bytes; allowed: ${TEMPLATE_LIMIT_BYTES}; ` +
        `divide ${lists} between two scalers of different names, shorten the boot scripts, or leave out monitoring.dashboard (false)`,
    );
  }
  return problems;
}

/** What holds values of the deployment is text in the template; bytes are written in base64. */
function writtenBytes(userData: Buffer | string): number {
  return typeof userData === 'string'
    ? Buffer.byteLength(JSON.stringify(userData))
    : 4 * Math.ceil(userData.length / 3);
}

function excessOf(config: ResolvedConfig, fleet: ResolvedFleet, bytes: number): string {
  const excess = bytes - USER_DATA_LIMIT_BYTES;
  const without = fleetUserData(config, { ...fleet, bootScript: '' });
  const ownBytes = bytes - Buffer.from(without).length;
  const { caCertificates, ...untrusting } = config;
  const caBytes = caCertificates ? bytes - Buffer.from(fleetUserData(untrusting, fleet)).length : 0;
  const trust =
    caBytes === 0 ? '' : `caCertificates is ${caBytes} of them: leave out what is not needed; `;
  const cut =
    ownBytes === 0
      ? `shorten the names and addresses in it by ${excess}`
      : `bootScript is ${ownBytes} of them: shorten it until it is ${excess} less, ` +
        'move what it does into an image, or into a script that it fetches';
  const compressed = typeof without === 'string' ? '' : ', compressed';
  return `user data is ${bytes} bytes${compressed}; allowed: ${USER_DATA_LIMIT_BYTES}; ${trust}${cut}`;
}
