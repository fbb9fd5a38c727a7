/** Reads what a fleet's machines boot from: the image and its root volume. */
import {
  type Architecture,
  DEFAULT_PLATFORM,
  PLATFORM_NAMES,
  PLATFORMS,
} from '../runner-userdata/platforms.ts';
import type { CustomImageConfig } from './fleet-config.ts';
import { type ConfigReader, keysOf, show } from './reader.ts';
import type { FleetMachines, RootVolume } from './resolved-config.ts';

interface BootImage extends Pick<FleetMachines, 'platform' | 'image'> {
  readonly rootDevice: string;
}

/** Reads the image and the volume it is put on. */
export function readImage(
  reader: ConfigReader,
  architecture: Architecture,
): Pick<FleetMachines, 'platform' | 'image' | 'rootVolume'> {
  const given = reader.raw('image');
  const { platform, image, rootDevice } =
    typeof given === 'object' && given !== null
      ? readCustomImage(reader.object('image', CUSTOM_IMAGE_KEYS))
      : readStockImage(reader, architecture);
  return { platform, image, rootVolume: { device: rootDevice, ...readVolume(reader) } };
}

function readStockImage(reader: ConfigReader, architecture: Architecture): BootImage {
  const platform = PLATFORM_NAMES.find((known) => known === reader.raw('image'));
  if (platform === undefined && reader.has('image')) {
    reader.refuse(
      'image',
      `${PLATFORM_NAMES.map(show).join(', ')}, or an object that names an image`,
    );
  }
  const stock = PLATFORMS[platform ?? DEFAULT_PLATFORM];
  return {
    platform: platform ?? DEFAULT_PLATFORM,
    image: { kind: 'ssm-parameter', parameterName: stock.imageParameter[architecture] },
    rootDevice: stock.rootDevice,
  };
}

function readCustomImage(reader: ConfigReader): BootImage {
  const platform = reader.choice('platform', PLATFORM_NAMES);
  if (!reader.has('platform')) reader.refuse('platform', PLATFORM_NAMES.map(show).join(' or '));
  const amiId = reader.optionalText('amiId', {
    accepts: (text) => /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(text),
    allowed: 'the id of an image, such as ami-0123456789abcdef0',
  });
  // A colon would add a version or a label, and so pin what a new value is meant to change.
  const parameterName = reader.optionalText('ssmParameter', {
    accepts: (text) => /^[A-Za-z0-9_./-]{1,1011}$/.test(text),
    allowed: 'the name of a Systems Manager parameter, such as /ci/runner-image',
  });
  const named = [amiId, parameterName].filter((name) => name !== undefined).length;
  if (named !== 1) {
    reader.complain(
      `names ${named === 0 ? 'neither amiId nor ssmParameter' : 'both amiId and ssmParameter'}; allowed: exactly one of them`,
    );
  }
  const rootDevice = reader.optionalText('rootDevice', {
    accepts: (text) => /^\/dev\/[a-z0-9]{1,16}$/.test(text),
    allowed: 'a device name, such as /dev/sda1',
  });
  return {
    platform: platform ?? DEFAULT_PLATFORM,
    image:
      amiId === undefined
        ? { kind: 'ssm-parameter', parameterName: parameterName ?? '' }
        : { kind: 'ami', amiId },
    rootDevice: rootDevice ?? PLATFORMS[platform ?? DEFAULT_PLATFORM].rootDevice,
  };
}

/** @see https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html for the limits of gp3 */
function readVolume(reader: ConfigReader): Omit<RootVolume, 'device'> {
  const sizeGiB = reader.wholeNumber('rootVolumeGiB', { least: 8, most: 16_384, fallback: 40 });
  const iops = reader.wholeNumber('rootVolumeIops', { least: 3000, most: 16_000, fallback: 3000 });
  const throughputMiBps = reader.wholeNumber('rootVolumeThroughputMiBps', {
    least: 125,
    most: 1000,
    fallback: 125,
  });
  // Every volume has 3000, however small.
  const mostIops = Math.max(3000, sizeGiB * 500);
  if (iops > mostIops) {
    reader.refuse('rootVolumeIops', `at most 500 per GiB, which makes ${mostIops}`);
  }
  if (throughputMiBps > iops / 4) {
    reader.refuse(
      'rootVolumeThroughputMiBps',
      `at most a quarter of rootVolumeIops, which makes ${Math.floor(iops / 4)}`,
    );
  }
  return { sizeGiB, iops, throughputMiBps };
}

const CUSTOM_IMAGE_KEYS = keysOf<CustomImageConfig>({
  platform: true,
  amiId: true,
  ssmParameter: true,
  rootDevice: true,
});
