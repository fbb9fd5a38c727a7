import { describe, expect, test } from '@jest/globals';
import {
  type CircleCiSettings,
  decodeEventSource,
  decodeFleetTags,
  decodeSettings,
  encodeEventSource,
  encodeFleetTags,
  encodeSettings,
  ENV,
  EVENT_SOURCE_LIMIT,
  eventSourcePrefix,
  httpUrl,
  type Settings,
  SettingsError,
  SOURCE_ENV,
  TAG,
} from '../../../lambda/scaler/contract.ts';

const CIRCLECI: CircleCiSettings = {
  url: 'https://runner.circleci.com',
  api: 'counts',
  callsPerSecond: 0,
  tokenSecret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:t',
};

const SETTINGS: Settings = {
  name: 'ci',
  sources: { circleci: CIRCLECI },
  passIntervalSeconds: 10,
  queueUrl: undefined,
  metrics: true,
  dryRun: false,
};

/** The environment with these settings of CircleCI. */
function withCircleCi(circleci: object) {
  return { [ENV.name]: 'ci', [SOURCE_ENV.circleci]: JSON.stringify(circleci) };
}

describe('settings', () => {
  test('arrive as they were sent', () => {
    const sent = {
      ...SETTINGS,
      sources: { circleci: { ...CIRCLECI, url: 'https://ci.example.com' } },
      proxy: { url: 'http://proxy.example.com:3128', noProxy: ['localhost', '.example.com'] },
      caFile: 'ca.pem',
      queueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/events',
      dryRun: true,
    };
    expect(decodeSettings(encodeSettings(sent))).toEqual(sent);
  });

  test('have defaults for all but the name and the secret; an empty variable is a missing one', () => {
    const { tokenSecret } = CIRCLECI;
    expect(decodeSettings({ ...withCircleCi({ tokenSecret }), [ENV.dryRun]: ' ' })).toEqual(
      SETTINGS,
    );
  });

  test.each([
    ['https://runner.circleci.com', 0],
    ['https://circleci.example.com', 100],
  ])('of %s allow %d calls a second unless they say otherwise', (url, calls) => {
    const callsOf = (change: object) =>
      decodeSettings(withCircleCi({ tokenSecret: 's', url, ...change })).sources.circleci
        ?.callsPerSecond;
    expect(callsOf({})).toBe(calls);
    expect(callsOf({ callsPerSecond: 60 })).toBe(60);
  });

  test.each(['counts', 'fleets', 'auto'] as const)('choose the API %s', (api) => {
    const sent = { ...SETTINGS, sources: { circleci: { ...CIRCLECI, api } } };
    expect(decodeSettings(encodeSettings(sent))).toEqual(sent);
  });

  test.each([1, 2, 10_001, -1, 3.5, '60', null])('refuse %j calls a second', (calls) => {
    const env = withCircleCi({ tokenSecret: 's', callsPerSecond: calls });
    expect(() => decodeSettings(env)).toThrow(
      `RUNNER_SCALER_CIRCLECI: callsPerSecond is ${JSON.stringify(calls)}; allowed: 0 for any number, or a whole number from 3 to 10000`,
    );
  });

  test('of a source that are no JSON object are refused, and not repeated: they may be a token', () => {
    const decode = () => decodeSettings({ [ENV.name]: 'ci', [SOURCE_ENV.circleci]: 'CCIPAT_1' });
    expect(decode).toThrow(
      'RUNNER_SCALER_CIRCLECI is not a JSON object; allowed: one with the keys url, api, callsPerSecond, tokenSecret',
    );
    expect(decode).not.toThrow('CCIPAT_1');
  });

  test('without any source are refused', () => {
    expect(() => decodeSettings({ [ENV.name]: 'ci' })).toThrow(
      'no source is configured: RUNNER_SCALER_CIRCLECI or RUNNER_SCALER_GITLAB is missing; set the one of your CI system',
    );
  });

  test('that are wrong are all reported together, with variable, value and what is allowed', () => {
    const decode = () =>
      decodeSettings({
        [ENV.name]: '1 bad name',
        [SOURCE_ENV.circleci]: JSON.stringify({
          url: 'ftp://example.com',
          api: 'Fleets',
          token: 's',
        }),
        [ENV.passIntervalSeconds]: '61',
        [ENV.queueUrl]: 'events',
        [ENV.metrics]: '0',
        [ENV.dryRun]: 'yes',
      });
    expect(decode).toThrow(SettingsError);
    expect(decode).toThrow(
      [
        'settings are not usable:',
        '  - RUNNER_SCALER_NAME is "1 bad name"; allowed: up to 32 letters, digits and hyphens, beginning with a letter',
        '  - RUNNER_SCALER_CIRCLECI has the key "token"; allowed: url, api, callsPerSecond, tokenSecret',
        '  - RUNNER_SCALER_CIRCLECI: url is "ftp://example.com"; allowed: an http or https URL without query, credentials or fragment',
        '  - RUNNER_SCALER_CIRCLECI: api is "Fleets"; allowed: counts, fleets, auto',
        '  - RUNNER_SCALER_CIRCLECI: tokenSecret is missing; allowed: the id or ARN of a secret',
        '  - RUNNER_SCALER_PASS_INTERVAL_SECONDS is "61"; allowed: a whole number from 5 to 60',
        '  - RUNNER_SCALER_QUEUE_URL is "events"; allowed: the URL of a queue',
        '  - RUNNER_SCALER_METRICS is "0"; allowed: true or false',
        '  - RUNNER_SCALER_DRY_RUN is "yes"; allowed: true or false',
      ].join('\n'),
    );
  });
});

describe('the tags of a group', () => {
  const tags = { source: 'circleci', resourceClass: 'acme/linux', headroom: 2 } as const;

  test('arrive as they were sent', () => {
    const encoded = encodeFleetTags('ci', tags);
    expect(encoded[TAG.name]).toBe('ci');
    expect(decodeFleetTags(new Map(Object.entries(encoded)))).toEqual({ ok: true, tags });
  });

  test('need no headroom', () => {
    const encoded = encodeFleetTags('ci', { ...tags, headroom: 0 });
    expect(Object.keys(encoded)).not.toContain(TAG.headroom);
    expect(decodeFleetTags(new Map(Object.entries(encoded)))).toMatchObject({
      tags: { headroom: 0 },
    });
  });

  test('that are wrong are all reported together', () => {
    const bad = new Map<string, string>([
      [TAG.source, 'circleci'],
      [TAG.demand, 'linux,gpu'],
      [TAG.headroom, '-1'],
    ]);
    expect(decodeFleetTags(bad)).toEqual({
      ok: false,
      problems: [
        'tag runner-scaler:resource-class is missing; allowed: namespace/name, for example acme/linux',
        'tag runner-scaler:demand is "linux,gpu"; allowed: no such tag, because jobs of CircleCI ask for the resource class alone; remove the tag',
        'tag runner-scaler:headroom is "-1"; allowed: a whole number from 0 to 10000',
      ],
    });
  });

  test('of a source that is not known are not judged by its rules', () => {
    expect(decodeFleetTags(new Map([[TAG.source, 'jenkins']]))).toEqual({
      ok: false,
      problems: ['tag runner-scaler:source is "jenkins"; allowed: circleci, gitlab'],
    });
  });

  test('carry what only the source understands', () => {
    expect(encodeFleetTags('ci', { ...tags, demand: 'linux,gpu' })).toMatchObject({
      'runner-scaler:demand': 'linux,gpu',
    });
  });
});

test.each([
  ['https://ci.example.com/', 'https://ci.example.com'],
  ['http://127.0.0.1:8080/base/', 'http://127.0.0.1:8080/base'],
  ['https://user:secret@example.com', undefined],
  ['https://example.com/?a=1', undefined],
  ['example.com', undefined],
])('the base URL %s is read as %s', (text, expected) => {
  expect(httpUrl(text)).toBe(expected);
});

describe('the source of the events of a class', () => {
  test.each([
    ['ci', 'acme/linux', 'runner-scaler.ci/acme/linux'],
    ['ci-prod', 'acme/linux', 'runner-scaler.ci-prod/acme/linux'],
    ['A-1', 'a_b-c/X:y+z', 'runner-scaler.A-1/a_b-c/X:y+z'],
    ['ci', 'linux', 'runner-scaler.ci/linux'],
    ['ci', 'acme/linux/4.2', 'runner-scaler.ci/acme/linux/4.2'],
  ])('of scaler %s and class %s is %s, and is read as both', (scaler, resourceClass, source) => {
    expect(encodeEventSource({ scaler, resourceClass })).toBe(source);
    expect(decodeEventSource(source)).toEqual({ scaler, resourceClass });
  });

  test('begins like those of no other scaler, whose name may begin with its name', () => {
    const other = encodeEventSource({ scaler: 'ci-prod', resourceClass: 'acme/linux' });
    expect(other.startsWith(eventSourcePrefix('ci-prod'))).toBe(true);
    expect(other.startsWith(eventSourcePrefix('ci'))).toBe(false);
  });

  test.each([
    'runner-scaler.ci',
    'runner-scaler.ci/',
    'runner-scaler.ci/linux?',
    'runner-scaler.ci/acme/li nux',
    'runner-scaler./acme/linux',
    'runner-scaler.1/acme/linux',
    'runner-scaler.ci.2/acme/linux',
    'Runner-Scaler.ci/acme/linux',
    ' runner-scaler.ci/acme/linux',
    'runner-scaler.ci/acme/linux\n',
    'aws.ec2',
    '',
    `runner-scaler.ci/acme/${'x'.repeat(EVENT_SOURCE_LIMIT)}`,
  ])('is not %j', (source) => {
    expect(decodeEventSource(source)).toBeUndefined();
  });

  test('may be as long as EventBridge takes it', () => {
    const start = encodeEventSource({ scaler: 'ci', resourceClass: 'acme/' });
    const source = start.padEnd(EVENT_SOURCE_LIMIT, 'x');
    expect(decodeEventSource(source)?.scaler).toBe('ci');
    expect(decodeEventSource(`${source}x`)).toBeUndefined();
  });
});
