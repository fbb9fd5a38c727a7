/** What a fleet's machines boot from: the image and its root volume. */
import type { Architecture, CustomImageConfig, Platform } from './scaler-config.ts';
import { type ConfigReader, keysOf, show } from './reader.ts';
import type { ResolvedFleet, RootVolume } from './resolved-config.ts';

interface StockImage {
  /** Public parameter that names the publisher's newest image. */
  readonly parameterName: Readonly<Record<Architecture, string>>;
  readonly rootDevice: string;
}

/**
 * @see https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
 * @see https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
 */
const STOCK_IMAGES: Readonly<Record<Platform, StockImage>> = {
  'ubuntu-24.04': {
    parameterName: {
      x86_64: '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id',
      arm64: '/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id',
    },
    rootDevice: '/dev/sda1',
  },
  'amazon-linux-2023': {
    parameterName: {
      x86_64: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
      arm64: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
    },
    rootDevice: '/dev/xvda',
  },
};

const PLATFORMS = ['ubuntu-24.04', 'amazon-linux-2023'] as const satisfies readonly Platform[];

const DEFAULT_PLATFORM: Platform = 'ubuntu-24.04';

interface BootImage extends Pick<ResolvedFleet, 'platform' | 'image'> {
  readonly rootDevice: string;
}

/** Reads the image and the volume it is put on. */
export function readImage(
  reader: ConfigReader,
  architecture: Architecture,
): Pick<ResolvedFleet, 'platform' | 'image' | 'rootVolume'> {
  const given = reader.raw('image');
  const { platform, image, rootDevice } =
    typeof given === 'object' && given !== null
      ? readCustomImage(reader.object('image', CUSTOM_IMAGE_KEYS))
      : readStockImage(reader, architecture);
  return { platform, image, rootVolume: { device: rootDevice, ...readVolume(reader) } };
}

function readStockImage(reader: ConfigReader, architecture: Architecture): BootImage {
  const platform = PLATFORMS.find((known) => known === reader.raw('image'));
  if (platform === undefined && reader.has('image')) {
    reader.refuse('image', `${PLATFORMS.map(show).join(', ')}, or an object that names an image`);
  }
  const stock = STOCK_IMAGES[platform ?? DEFAULT_PLATFORM];
  return {
    platform: platform ?? DEFAULT_PLATFORM,
    image: { kind: 'ssm-parameter', parameterName: stock.parameterName[architecture] },
    rootDevice: stock.rootDevice,
  };
}

function readCustomImage(reader: ConfigReader): BootImage {
  const platform = reader.choice('platform', PLATFORMS);
  if (!reader.has('platform')) reader.refuse('platform', PLATFORMS.map(show).join(' or '));
  const amiId = reader.optionalText('amiId', {
    accepts: (text) => /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(text),
    allowed: 'the id of an image, such as ami-0123456789abcdef0',
  });
  // A colon would add a version or a label, which pins what is meant to stay open.
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
    rootDevice: rootDevice ?? STOCK_IMAGES[platform ?? DEFAULT_PLATFORM].rootDevice,
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
