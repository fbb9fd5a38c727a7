/** What a template says of the config that it was made of. */
import { describe, expect, test } from '@jest/globals';
import { optionsInWords } from '../../config/options-in-words.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ResolvedConfig, ResolvedFleet } from '../../config/resolved-config.ts';
import { metadataOf, recordIn } from '../../lib/config-record.ts';
import { templateOf } from '../../lib/template.ts';
import { configOf } from './stack-fixture.ts';

const CONFIG = resolveConfig({
  name: 'ci',
  circleci: { existingTokenSecretArn: secret('api') },
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0'],
    scaler: { subnetIds: ['subnet-0123456789abcdef1'] },
  },
  proxy: { url: 'http://proxy.corp.example:3128' },
  reservedConcurrency: 5,
  tags: { team: 'ci' },
  resourceClasses: [
    {
      resourceClass: 'acme/linux',
      max: 4,
      purchase: 'spot',
      bootScript: 'true',
      schedules: [{ timeZone: 'UTC', min: 1 }],
    },
  ],
  github: {
    owners: ['acme'],
    fleets: [{ name: 'gpu', labels: ['gpu'], max: 1, registerAt: 'acme', runnerGroup: 'gpus' }],
  },
  gitlab: {
    url: 'https://gitlab.corp.example',
    scope: 'instance',
    fleets: [{ name: 'lab', runner: 101, max: 1, defaultImage: 'alpine' }],
  },
});

function secret(name: string): string {
  return `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;
}

/** What follows from other options, or is the name by which an option is told. */
const NOT_OPTIONS = new Set(['name', 'fleets', 'source', 'resourceClass', 'group', 'demand']);

const [LINUX, GPU, LAB] = CONFIG.fleets;

describe('the record names a change of', () => {
  test.each(Object.keys(CONFIG).filter((key) => !NOT_OPTIONS.has(key)))('%s', (key) => {
    const { [key as keyof ResolvedConfig]: _one, ...without } = CONFIG;
    expect(optionsInWords(without as ResolvedConfig)).not.toEqual(optionsInWords(CONFIG));
  });

  test.each(
    [LINUX, GPU, LAB].flatMap((fleet, index) =>
      Object.keys(fleet ?? {})
        // That of its source, which is told as an option of that.
        .filter((key) => !NOT_OPTIONS.has(key) && key !== 'url')
        .map((key) => [fleet?.resourceClass, key, index] as const),
    ),
  )('%s: %s', (_class, key, index) => {
    const fleets = CONFIG.fleets.map((fleet, at) =>
      at === index ? changed(fleet, key as keyof ResolvedFleet) : fleet,
    );
    expect(optionsInWords({ ...CONFIG, fleets })).not.toEqual(optionsInWords(CONFIG));
  });

  test.each([
    ['gpu: runnerGroup', { runnerGroup: 'others' }],
    ['gpu: labels', { labels: ['gpu', 'big'] }],
  ])('%s', (option, change) => {
    const wanted = {
      name: 'gpu',
      labels: ['gpu'],
      max: 1,
      registerAt: 'acme',
      runnerGroup: 'gpus',
    };
    const [before, now] = [wanted, { ...wanted, ...change }].map((fleet) =>
      optionsInWords(resolveConfig({ name: 'ci', github: { owners: ['acme'], fleets: [fleet] } })),
    );
    expect(before?.[option]).not.toBe(now?.[option]);
  });
});

/** A fleet with another value of an option. Its type may be wrong, which is not looked at. */
function changed(fleet: ResolvedFleet, key: keyof ResolvedFleet): ResolvedFleet {
  const value: unknown = fleet[key];
  const other =
    typeof value === 'number'
      ? value + 60
      : typeof value === 'boolean'
        ? !value
        : typeof value === 'string'
          ? `${value}x`
          : Array.isArray(value)
            ? [...value, 'x']
            : { ...OTHERS[key] };
  return { ...fleet, [key]: other };
}

const OTHERS: Readonly<Partial<Record<string, object>>> = {
  purchase: { option: 'spot', onDemandBase: 3 },
  image: { kind: 'ami', amiId: 'ami-0123456789abcdef0' },
  rootVolume: { device: '/dev/sda1', sizeGiB: 99, iops: 3000, throughputMiBps: 125 },
  agent: { version: '9.9.9' },
  token: { existingSecretArn: secret('other') },
};

test('the agent of GitHub is named as in the config', () => {
  const { github } = CONFIG;
  const options = optionsInWords({
    ...CONFIG,
    ...(github && { github: { ...github, runner: { version: '2.336.0' } } }),
  });
  expect(options['github.agent.version']).toBe('2.336.0');
});

describe('the record', () => {
  test('is in the template, and is read from there', () => {
    const config = configOf();
    const { Metadata } = templateOf(config).toJSON() as { readonly Metadata: unknown };
    expect(recordIn(Metadata)).toEqual({
      version: '0.1.0',
      options: optionsInWords(resolveConfig(config)),
    });
  });

  test.each([
    ['nothing', undefined],
    ['nothing of it', { other: {} }],
    ['another form of it', { 'runner-scaler': { version: 1, options: {} } }],
    ['no options', { 'runner-scaler': { version: '1' } }],
  ])('is not found where there is %s', (_what, metadata) => {
    expect(recordIn(metadata)).toBeUndefined();
  });

  test('has a checksum in place of a long text', () => {
    const bootScript = 'echo a line of a long script\n'.repeat(100);
    const fleets = CONFIG.fleets.map((fleet) => ({ ...fleet, bootScript }));
    const text = JSON.stringify(metadataOf({ ...CONFIG, fleets }));
    expect(text).toMatch(/"acme\/linux: bootScript":"sha256:[0-9a-f]{16}"/);
    expect(text).not.toContain('echo');
  });
});
