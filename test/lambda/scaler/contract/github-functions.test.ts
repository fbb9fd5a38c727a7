import { describe, expect, test } from '@jest/globals';
import {
  decodeRegistrarSettings,
  decodeWebhookSettings,
  encodeRegistrarSettings,
  encodeWebhookSettings,
  type GitHubRunner,
  GITHUB_FUNCTION_ENV,
  type GitHubSettings,
  SettingsError,
  SOURCE_ENV,
} from '../../../../lambda/scaler/contract.ts';

const GITHUB: GitHubSettings = {
  url: 'https://github.com',
  appSecret: 'app',
  scope: { kind: 'owners', owners: ['acme'] },
};
const SHA256 = 'ab'.repeat(32);

describe('the settings of the registrar', () => {
  test.each<[GitHubRunner]>([
    [{}],
    [{ version: '2.336.0', sha256: {} }],
    [{ version: '2.336.0', sha256: { x64: SHA256 } }],
    [{ version: '2.336.0', sha256: { x64: SHA256, arm64: SHA256 } }],
  ])('are read as they were written, with the runner %j', (runner) => {
    const settings = { name: 'ci', github: GITHUB, runner };
    expect(decodeRegistrarSettings(encodeRegistrarSettings(settings))).toEqual(settings);
  });

  test('need no runner', () => {
    const env = encodeRegistrarSettings({ name: 'ci', github: GITHUB, runner: {} });
    expect(decodeRegistrarSettings({ ...env, [GITHUB_FUNCTION_ENV.runner]: ' ' })).toMatchObject({
      runner: {},
    });
  });

  test.each([
    ['a text', 'latest', 'is not a JSON object'],
    ['an unknown key', '{"arch":"x64"}', 'has the key "arch"'],
    ['a word for a version', '{"version":"latest"}', 'version is "latest"; allowed: a version'],
    ['a number for a version', '{"version":2}', 'version is 2; allowed'],
    ['a checksum without a version', `{"sha256":{"x64":"${SHA256}"}}`, 'beside a version'],
    ['half a checksum', '{"version":"2.336.0","sha256":{"x64":"ab"}}', 'sha256 is'],
    ['an unknown architecture', `{"version":"2.336.0","sha256":{"arm":"${SHA256}"}}`, 'sha256 is'],
  ])('refuse %s for the runner', (_name, text, words) => {
    const env = encodeRegistrarSettings({ name: 'ci', github: GITHUB, runner: {} });
    const decode = () => decodeRegistrarSettings({ ...env, [GITHUB_FUNCTION_ENV.runner]: text });
    expect(decode).toThrow(SettingsError);
    expect(decode).toThrow(words);
    expect(decode).toThrow(GITHUB_FUNCTION_ENV.runner);
  });

  test('name everything that is missing at once', () => {
    expect(() => decodeRegistrarSettings({})).toThrow(/RUNNER_SCALER_NAME is missing[^]*GITHUB/);
  });
});

describe('the settings of the webhook', () => {
  const settings = { name: 'ci', github: GITHUB, webhookSecret: 'hook' };

  test('are read as they were written', () => {
    expect(decodeWebhookSettings(encodeWebhookSettings(settings))).toEqual(settings);
  });

  test('name everything that is missing at once', () => {
    expect(() => decodeWebhookSettings({ [SOURCE_ENV.github]: JSON.stringify(GITHUB) })).toThrow(
      /NAME is missing[^]*WEBHOOK_SECRET is missing/,
    );
  });
});
