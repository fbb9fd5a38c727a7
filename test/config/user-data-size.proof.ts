import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitHubFleetConfig } from '../../config/github-config.ts';
import type { GitLabFleetConfig } from '../../config/gitlab-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import type { UserDataOptions } from '../../runner-userdata/options.ts';
import type { Architecture } from '../../runner-userdata/platforms.ts';
import { PLATFORM_NAMES } from '../../runner-userdata/platforms.ts';
import { EVENT_SOURCE_LIMIT, eventSourcePrefix } from '../../lambda/scaler/contract.ts';
import type { Agent } from '../../runner-userdata/linux/agents/agents.ts';
import { AGENT_VERSION } from '../../runner-userdata/linux/agents/circleci/settings.ts';
import { USER_DATA_LIMIT_BYTES, userData } from '../../runner-userdata/user-data.ts';
import { noise } from './noise.ts';
import { templateOf } from '../../lib/template.ts';
import { configOf, deployedUserData } from '../lib/stack-fixture.ts';

const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'arm64'];
const MACHINES = PLATFORM_NAMES.flatMap((image) =>
  ARCHITECTURES.map((architecture) => ({ image, architecture })),
);

/**
 * Enough for a boot script that installs Docker and some tools, beside the longest of everything else.
 * Text that people write takes less: it compresses better than digits without order.
 */
const ROOM_FOR_A_BOOT_SCRIPT_BYTES = 4_096;

/** The longest of everything, as long as AWS or the config takes it, and as hard to compress. */
const LONGEST: ScalerConfig = {
  ...configOf(),
  name: 'a'.repeat(32),
  circleci: { url: `https://circleci.example.com/${noise(160, 1)}` },
  agent: { version: '3.1.130', sha256: { x86_64: noise(64, 2), arm64: noise(64, 3) } },
};
const LONGEST_CLASS = `acme/${noise(EVENT_SOURCE_LIMIT)}`.slice(
  0,
  EVENT_SOURCE_LIMIT - eventSourcePrefix(LONGEST.name).length,
);
const LONGEST_SECRET = `arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:${noise(512, 4)}-a1B2c3`;

describe.each(MACHINES)('user data of $image on $architecture', (machine) => {
  test('fits, as shipped, and leaves five KiB for a boot script, compressed', () => {
    expect(sizeOf(configOf(machine))).toBeLessThan(USER_DATA_LIMIT_BYTES - 5 * 1_024);
  });

  test('fits with the longest names, URL and secret there are, and a boot script of 4 KiB', () => {
    const resourceClasses = [
      {
        ...machine,
        resourceClass: LONGEST_CLASS,
        max: 10_000,
        purchase: 'spot' as const,
        idleTimeoutMinutes: 1_440,
        maxRunTimeMinutes: 10_080,
        bootTimeoutMinutes: 120,
        drainTimeoutMinutes: 60,
        machineLogs: true,
        existingTokenSecretArn: LONGEST_SECRET,
        bootScript: noise(ROOM_FOR_A_BOOT_SCRIPT_BYTES, 5),
      },
    ];
    expect(sizeOf({ ...LONGEST, resourceClasses })).toBeLessThanOrEqual(USER_DATA_LIMIT_BYTES);
  });
});

const GITLAB_MACHINES = PLATFORM_NAMES.flatMap((image) =>
  (['docker', 'shell'] as const).map((executor) => ({ image, executor })),
);

describe.each(GITLAB_MACHINES)('user data of GitLab, $image and $executor', (machine) => {
  const ordinary = { name: 'linux', runner: 12, max: 4, purchase: 'spot' as const, ...machine };
  const configOfGitLab = (
    fleet: Partial<GitLabFleetConfig>,
    url = 'https://gitlab.example.com',
  ): ScalerConfig => ({
    name: LONGEST.name,
    gitlab: { url, scope: 'instance', fleets: [{ ...ordinary, ...fleet }] },
  });

  test('leaves three KiB for a boot script, compressed', () => {
    expect(sizeOf(configOfGitLab({}))).toBeLessThan(USER_DATA_LIMIT_BYTES - 3 * 1_024);
  });

  test('fits with the longest names, URL and secret there are, and a boot script of 2 KiB', () => {
    const longest = configOfGitLab(
      {
        name: noise(100, 6),
        machineLogs: true,
        tokenSecretArn: LONGEST_SECRET,
        bootScript: noise(2_048, 5),
      },
      `https://gitlab.example.com/${noise(160, 1)}`,
    );
    expect(sizeOf(longest)).toBeLessThanOrEqual(USER_DATA_LIMIT_BYTES);
  });
});

describe.each(MACHINES)('user data of GitHub, $image on $architecture', (machine) => {
  const configOfGitHub = (
    fleet: Partial<GitHubFleetConfig>,
    url = 'https://github.com',
  ): ScalerConfig => ({
    name: LONGEST.name,
    github: {
      url,
      owners: ['acme'],
      fleets: [{ name: 'linux', labels: ['acme'], max: 4, purchase: 'spot', ...machine, ...fleet }],
    },
  });

  test('leaves 2.5 KiB for a boot script, compressed', () => {
    expect(sizeOf(configOfGitHub({}))).toBeLessThan(USER_DATA_LIMIT_BYTES - 2.5 * 1_024);
  });

  test('fits with the longest names and URL there are, and a boot script of 2 KiB', () => {
    const longest = configOfGitHub(
      { name: noise(100, 6), machineLogs: true, bootScript: noise(2_048, 5) },
      `https://github.example.com/${noise(160, 1)}`,
    );
    expect(sizeOf(longest)).toBeLessThanOrEqual(USER_DATA_LIMIT_BYTES);
  });
});

/** In bytes of DER: an RSA key of 4096 bits with its authority's names, and one of an elliptic curve. */
const RSA = 1_470;
const CURVE = 500;

/** With the bytes that are left beside the largest certificate, for names and for hosts of `noProxy`. */
const AGENTS: readonly (readonly [string, number, Agent])[] = [
  [
    'CircleCI',
    1_024,
    {
      source: 'circleci',
      runnerUrl: 'https://runner.circleci.com',
      retryOnInterruption: false,
      version: AGENT_VERSION,
    },
  ],
  [
    'GitLab, docker',
    384,
    { source: 'gitlab', url: 'https://gitlab.example.com', executor: 'docker' },
  ],
  [
    'GitLab, shell',
    384,
    { source: 'gitlab', url: 'https://gitlab.example.com', executor: 'shell' },
  ],
  ['GitHub', 64, { source: 'github', gitHubUrl: 'https://github.example.com' }],
];

interface Network {
  readonly platform: (typeof PLATFORM_NAMES)[number];
  readonly agent: Agent;
  readonly certificates: readonly number[];
  readonly more?: Partial<UserDataOptions>;
}

const PROXY = {
  url: 'http://proxy.example.com:3128',
  noProxy: ['169.254.169.254', 'localhost'],
};

function sizeIn({ platform, agent, certificates, more }: Network): number {
  return userData(
    {
      platform,
      group: 'ci-acme-linux',
      launchHook: 'ready',
      resourceClass: 'acme/linux',
      eventSource: 'runner-scaler.ci/acme/linux',
      tellTaskEnd: true,
      idleTimeoutSeconds: 300,
      maxRunTimeSeconds: 3_600,
      bootTimeoutSeconds: 600,
      drainTimeoutSeconds: 120,
      watchInterruption: false,
      ...(certificates.length > 0 && { caCertificates: certificates.map(certificateOf) }),
      agent,
      ...more,
    },
    'at-synth',
  ).length;
}

describe.each(AGENTS)('user data of %s in a network of another', (_, spare, agent) => {
  // GitHub has no IPv6, and its machines have no room for that beside a certificate.
  const more = { watchInterruption: true, proxy: PROXY, ipv6Only: agent.source !== 'github' };

  test.each(PLATFORM_NAMES)('%s: fits with one certificate of the largest', (platform) => {
    const size = sizeIn({ platform, agent, certificates: [RSA], more });
    expect(size).toBeLessThan(USER_DATA_LIMIT_BYTES - spare);
  });

  test.each(PLATFORM_NAMES)('%s: fits with three of an elliptic curve', (platform) => {
    const size = sizeIn({ platform, agent, certificates: [CURVE, CURVE, CURVE], more });
    expect(size).toBeLessThan(USER_DATA_LIMIT_BYTES);
  });
});

const PAGE = readFileSync(join(__dirname, '../../docs/private-networks.md'), 'utf8');

/** The most RSA certificates without and with a proxy, as the page says it in a row. */
function mostOf(source: string): readonly [number, number] {
  const row = new RegExp(`^ *\\| ${source} +\\| (\\d) +\\| (\\d) +\\|$`, 'm').exec(PAGE);
  if (row === null) throw new Error(`the page has no row of certificates for ${source}`);
  return [Number(row[1]), Number(row[2])];
}

describe.each(AGENTS)('as the page says of %s, user data', (name, _, agent) => {
  const [alone, behindProxy] = mostOf(name.replace(/,.*/, ''));
  const logs = { watchInterruption: true, logGroup: '/runner-scaler/ci-runners/machines' };
  const rows = PLATFORM_NAMES.flatMap((platform) => [
    { platform, most: alone, more: {} },
    { platform, most: behindProxy, more: { proxy: PROXY } },
  ]);

  test.each(rows)('of $platform fits with $most large certificates', (row) => {
    const certificates = Array<number>(row.most).fill(RSA);
    expect(sizeIn({ ...row, agent, certificates })).toBeLessThanOrEqual(USER_DATA_LIMIT_BYTES);
  });

  test.each(rows)('of $platform, spot, with logs, fits with one less than $most', (row) => {
    const certificates = Array<number>(row.most - 1).fill(RSA);
    const more = { ...row.more, ...logs };
    expect(sizeIn({ ...row, agent, certificates, more })).toBeLessThanOrEqual(
      USER_DATA_LIMIT_BYTES,
    );
  });
});

/** Of a certificate, what every certificate of its kind has: names of its fields and of methods, lengths. */
const COMMON_BYTES = 128;

/** Harder to compress than a certificate, which has a key in its middle and a signature at its end. */
function certificateOf(bytes: number, seed: number): string {
  const hex = noise(2 * COMMON_BYTES, 0) + noise(2 * (bytes - COMMON_BYTES), seed + 1);
  const base64 = Buffer.from(hex, 'hex').toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

/** Bytes of the user data as EC2 gets it, before base64. */
function sizeOf(config: ScalerConfig): number {
  return deployedUserData(templateOf(config)).length;
}
