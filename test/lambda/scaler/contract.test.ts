import { describe, expect, test } from '@jest/globals';
import {
  decodeFleetTags,
  decodeSettings,
  encodeFleetTags,
  encodeSettings,
  ENV,
  httpUrl,
  type Settings,
  SettingsError,
  TAG,
  TASK_ENDED,
  wakeUpInstance,
} from '../../../lambda/scaler/contract.ts';

const SETTINGS: Settings = {
  name: 'ci',
  circleciUrl: 'https://runner.circleci.com',
  tokenSecret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:t',
  busyIntervalSeconds: 5,
  dryRun: false,
};

describe('settings', () => {
  test('arrive as they were sent', () => {
    const sent = { ...SETTINGS, circleciUrl: 'https://ci.example.com', dryRun: true };
    expect(decodeSettings(encodeSettings(sent))).toEqual(sent);
  });

  test('have defaults for all but the name and the secret; an empty variable is a missing one', () => {
    expect(decodeSettings({ [ENV.name]: 'ci', [ENV.tokenSecret]: 's', [ENV.dryRun]: ' ' })).toEqual(
      { ...SETTINGS, tokenSecret: 's' },
    );
  });

  test('that are wrong are all reported together, with variable, value and what is allowed', () => {
    const decode = () =>
      decodeSettings({
        [ENV.name]: '1 bad name',
        [ENV.circleciUrl]: 'ftp://example.com',
        [ENV.busyIntervalSeconds]: '61',
        [ENV.dryRun]: 'yes',
      });
    expect(decode).toThrow(SettingsError);
    expect(decode).toThrow(
      [
        'settings are not usable:',
        '  - RUNNER_SCALER_NAME is "1 bad name"; allowed: up to 32 letters, digits and hyphens, beginning with a letter',
        '  - RUNNER_SCALER_CIRCLECI_URL is "ftp://example.com"; allowed: an http or https URL without query, credentials or fragment',
        '  - RUNNER_SCALER_TOKEN_SECRET is missing; allowed: the id or ARN of a secret',
        '  - RUNNER_SCALER_BUSY_INTERVAL_SECONDS is "61"; allowed: a whole number from 0 to 60',
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
    const bad = new Map([
      [TAG.source, 'jenkins'],
      [TAG.headroom, '-1'],
    ]);
    expect(decodeFleetTags(bad)).toEqual({
      ok: false,
      problems: [
        'tag runner-scaler:source is "jenkins"; allowed: circleci',
        'tag runner-scaler:resource-class is missing; allowed: namespace/name, for example acme/linux',
        'tag runner-scaler:headroom is "-1"; allowed: a whole number from 0 to 10000',
      ],
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

describe('an event', () => {
  test('of a machine that shuts down names it', () => {
    const event = {
      source: 'aws.ec2',
      'detail-type': 'EC2 Instance State-change Notification',
      detail: { 'instance-id': 'i-0123456789abcdef0', state: 'shutting-down' },
    };
    expect(wakeUpInstance(event)).toBe('i-0123456789abcdef0');
  });

  test('of a runner whose task has ended names its machine', () => {
    const event = {
      source: TASK_ENDED.source('ci'),
      'detail-type': TASK_ENDED.detailType,
      detail: { 'instance-id': 'i-0123456789abcdef0' },
    };
    expect(event.source).toBe('runner-scaler.ci');
    expect(wakeUpInstance(event)).toBe('i-0123456789abcdef0');
  });

  test.each([
    ['the schedule', { source: 'aws.scheduler', detail: { 'instance-id': 'i-1' } }],
    ['a person', { detail: {} }],
    ['nothing', undefined],
    ['EC2 without a machine', { source: 'aws.ec2', detail: null }],
    ['EC2 with an odd id', { source: 'aws.ec2', detail: { 'instance-id': 7 } }],
  ])('from %s names none', (_from, event) => {
    expect(wakeUpInstance(event)).toBeUndefined();
  });
});
