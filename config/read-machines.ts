/** Reads what a fleet of any source says of its machines: every default filled in, every mistake found. */
import {
  EVENT_SOURCE_LIMIT,
  eventSourcePrefix,
  MAX_FLEET_SIZE,
  SCHEDULE_SECONDS,
} from '../lambda/scaler/contract.ts';
import type { Architecture } from '../runner-userdata/platforms.ts';
import { GROUP_NAME_LIMIT, groupName } from './fleet-names.ts';
import { architectureOf, DEFAULT_INSTANCE_TYPES } from './instance-type.ts';
import { readImage } from './read-image.ts';
import { readSchedules } from './read-schedule.ts';
import { type ConfigReader, keysOf, type NumberRange, show } from './reader.ts';
import type { FleetMachines, Purchase } from './resolved-config.ts';
import type { FleetConfig } from './fleet-config.ts';

/**
 * A runner must outlive one late pass: the machine is there at the end of one interval, and the task it was
 * started for may be seen as taken only at the end of the next.
 */
const LEAST_IDLE_TIMEOUT_MINUTES = (2 * SCHEDULE_SECONDS) / 60;

const MINUTE_SECONDS = 60;

/** Most instance types that one mixed-instances group can list. */
const MOST_INSTANCE_TYPES = 40;

export interface MachinesOf {
  /** Name of the scaler. */
  readonly scaler: string;
  /** What the fleet's jobs ask for, as it was read. */
  readonly resourceClass: string;
  /** The key that it was read from. */
  readonly nameKey: string;
  /** Fewer machines than the project can hold, where the source counts no further, with the reason. */
  readonly most?: Pick<NumberRange, 'most' | 'why'>;
}

/** Reads the options of `FleetConfig`. */
export function readMachines(reader: ConfigReader, fleet: MachinesOf): FleetMachines {
  const { scaler, resourceClass, nameKey } = fleet;
  // The source of its machines' events holds the name of the class.
  const longest = EVENT_SOURCE_LIMIT - eventSourcePrefix(scaler).length;
  const group = groupName(scaler, resourceClass);
  if (resourceClass.length > longest) {
    reader.refuse(nameKey, `at most ${longest} characters beside the name of the scaler`);
  } else if (group.length > GROUP_NAME_LIMIT) {
    reader.refuse(
      nameKey,
      `at most ${GROUP_NAME_LIMIT - scaler.length - 1} characters, of which each : and + counts twice`,
    );
  }
  const max = reader.wholeNumber('max', { least: 1, ...(fleet.most ?? { most: MAX_FLEET_SIZE }) });
  const purchase = readPurchase(reader, max);
  const min = readUpToMax(reader, 'min', max);
  const headroom = readUpToMax(reader, 'headroom', max);
  const schedules = readSchedules(reader, { min, max, headroom });
  const { architecture, instanceTypes } = readInstanceTypes(reader, purchase.option);
  const bootScript = reader.optionalText('bootScript', {
    accepts: (text) => text.trim() !== '' && !text.includes('\0'),
    allowed: 'the text of a shell script, or leave the key out',
  });
  return {
    resourceClass,
    group,
    max,
    min,
    headroom,
    ...(schedules && { schedules }),
    instanceTypes,
    architecture,
    purchase,
    ...readImage(reader, architecture),
    ...readTimes(reader),
    ...(bootScript !== undefined && { bootScript }),
    machineLogs: reader.flag('machineLogs', false),
  };
}

function readUpToMax(reader: ConfigReader, key: 'min' | 'headroom', max: number): number {
  const value = reader.wholeNumber(key, { least: 0, most: MAX_FLEET_SIZE, fallback: 0 });
  if (value > max) reader.refuse(key, `a whole number from 0 to max, which is ${max}`);
  return value;
}

function readPurchase(reader: ConfigReader, max: number): Purchase {
  const option = reader.choice('purchase', ['on-demand', 'spot']) ?? 'on-demand';
  const onDemandBase = reader.wholeNumber('onDemandBase', {
    least: 0,
    most: MAX_FLEET_SIZE,
    fallback: 0,
  });
  if (option === 'on-demand') {
    if (reader.has('onDemandBase')) reader.refuse('onDemandBase', `only with purchase: 'spot'`);
    return { option };
  }
  if (onDemandBase > 0 && onDemandBase >= max) {
    reader.refuse('onDemandBase', `less than max, which is ${max}; else no machine would be spot`);
  }
  return { option, onDemandBase };
}

function readInstanceTypes(
  reader: ConfigReader,
  option: Purchase['option'],
): Pick<FleetMachines, 'architecture' | 'instanceTypes'> {
  const chosen = reader.choice('architecture', ['x86_64', 'arm64']);
  if (!reader.has('instanceTypes')) {
    const architecture = chosen ?? 'x86_64';
    return { architecture, instanceTypes: DEFAULT_INSTANCE_TYPES[option][architecture] };
  }
  const instanceTypes = reader.textList('instanceTypes', {
    least: 1,
    most: MOST_INSTANCE_TYPES,
    accepts: (text) => architectureOf(text) !== undefined,
    allowed: 'an EC2 instance type such as m7i.large',
  });
  const [first] = instanceTypes;
  const architecture: Architecture =
    chosen ?? (first === undefined ? undefined : architectureOf(first)) ?? 'x86_64';
  for (const instanceType of instanceTypes) {
    const actual = architectureOf(instanceType);
    if (actual === architecture) continue;
    reader.complain(
      chosen === undefined
        ? `instanceTypes mixes ${show(first)} (${architecture}) and ${show(instanceType)} (${actual}); allowed: types of one architecture`
        : `architecture is ${show(chosen)}, but instance type ${show(instanceType)} is ${actual}; allowed: types of that architecture, or architecture ${show(actual)}`,
    );
  }
  return { architecture, instanceTypes };
}

function readTimes(
  reader: ConfigReader,
): Pick<
  FleetMachines,
  'idleTimeoutSeconds' | 'maxRunTimeSeconds' | 'bootTimeoutSeconds' | 'drainTimeoutSeconds'
> {
  const idle = reader.wholeNumber('idleTimeoutMinutes', {
    least: LEAST_IDLE_TIMEOUT_MINUTES,
    most: 1440,
    fallback: 5,
    why:
      `the queue is read every ${SCHEDULE_SECONDS} seconds, and machines that wait for less than two ` +
      'passes end before they get their job',
  });
  const run = reader.wholeNumber('maxRunTimeMinutes', { least: 5, most: 10_080, fallback: 300 });
  if (run < idle) {
    reader.complain(
      `maxRunTimeMinutes is ${run}; allowed: not less than idleTimeoutMinutes, which is ${idle}`,
    );
  }
  const boot = reader.wholeNumber('bootTimeoutMinutes', { least: 2, most: 120, fallback: 10 });
  const drain = reader.wholeNumber('drainTimeoutMinutes', { least: 1, most: 60, fallback: 2 });
  return {
    idleTimeoutSeconds: idle * MINUTE_SECONDS,
    maxRunTimeSeconds: run * MINUTE_SECONDS,
    bootTimeoutSeconds: boot * MINUTE_SECONDS,
    drainTimeoutSeconds: drain * MINUTE_SECONDS,
  };
}

export const MACHINE_KEYS = keysOf<FleetConfig>({
  max: true,
  min: true,
  headroom: true,
  schedules: true,
  instanceTypes: true,
  purchase: true,
  onDemandBase: true,
  image: true,
  architecture: true,
  rootVolumeGiB: true,
  rootVolumeIops: true,
  rootVolumeThroughputMiBps: true,
  idleTimeoutMinutes: true,
  maxRunTimeMinutes: true,
  bootTimeoutMinutes: true,
  drainTimeoutMinutes: true,
  machineLogs: true,
  bootScript: true,
});
