/**
 * The table of platforms: everything that is known of an operating system's image, in one place. Adding a
 * platform takes an entry here and, for Linux, its script in `linux/platform/`.
 */

/** Processor architecture, by EC2's names. */
export type Architecture = 'x86_64' | 'arm64';

/** The operating systems that have a folder here; `user-data.ts` has one writer for each. */
export type OperatingSystem = 'linux';

interface PlatformFacts {
  readonly operatingSystem: OperatingSystem;
  /** File name in the `platform/` folder of the operating system. */
  readonly script: string;
  /** The package that brings each command that a boot needs and an image may lack. */
  readonly packages: Readonly<Record<string, string>>;
  /** Public Systems Manager parameter that names the publisher's newest image. */
  readonly imageParameter: Readonly<Record<Architecture, string>>;
  /** Device name of the root volume in the publisher's image. */
  readonly rootDevice: string;
}

/** Commands whose package has the same name on every Linux. */
const LINUX_PACKAGES = {
  python3: 'python3',
  tar: 'tar',
  gzip: 'gzip',
  git: 'git',
  nft: 'nftables',
  setpriv: 'util-linux',
};

/**
 * By the name that a config gives the platform.
 *
 * @see https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
 * @see https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
 */
export const PLATFORMS = {
  'ubuntu-24.04': {
    operatingSystem: 'linux',
    script: 'ubuntu-24.04.sh',
    packages: { curl: 'curl', ...LINUX_PACKAGES, pkill: 'procps' },
    imageParameter: {
      x86_64: '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id',
      arm64: '/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id',
    },
    rootDevice: '/dev/sda1',
  },
  'amazon-linux-2023': {
    operatingSystem: 'linux',
    script: 'amazon-linux-2023.sh',
    // The image has a curl; `prepare_platform` replaces it where it cannot sign.
    packages: { ...LINUX_PACKAGES, pkill: 'procps-ng' },
    imageParameter: {
      x86_64: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
      arm64: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
    },
    rootDevice: '/dev/xvda',
  },
} as const satisfies Readonly<Record<string, PlatformFacts>>;

/** What a config's `image` can be, and the `platform` of a custom image. */
export type Platform = keyof typeof PLATFORMS;

export const PLATFORM_NAMES = Object.keys(PLATFORMS).filter((name): name is Platform =>
  Object.hasOwn(PLATFORMS, name),
);

/** Booted where a config names no image. */
export const DEFAULT_PLATFORM: Platform = 'ubuntu-24.04';
