import { describe, expect, test } from '@jest/globals';
import { decodeSettings, ENV, isProxied, SOURCE_ENV } from '../../../../lambda/scaler/contract.ts';

describe('whether a host is called through the proxy', () => {
  const noProxy = ['corp.example', '.dotted.example', '10.1.2.3', 'fd00::7'];
  test.each([
    ['gitlab.com', true],
    ['corp.example', false],
    ['CORP.example', false],
    ['gitlab.corp.example', false],
    ['a.b.corp.example', false],
    ['notcorp.example', true],
    ['corp.example.com', true],
    ['dotted.example', false],
    ['a.dotted.example', false],
    ['10.1.2.3', false],
    ['10.1.2.30', true],
    ['[fd00::7]', false],
    ['[fd00::8]', true],
  ])('%s: %p', (host, expected) => {
    expect(isProxied({ url: 'http://proxy.example.com:3128', noProxy }, host)).toBe(expected);
  });
});

describe('the variables of a private network', () => {
  const refusal = (variables: Record<string, string>) => () =>
    decodeSettings({
      [ENV.name]: 'ci',
      [SOURCE_ENV.circleci]: '{"tokenSecret":"t"}',
      ...variables,
    });

  test.each([
    [
      '{"url":"http://proxy.example.com:3128/path"}',
      /RUNNER_SCALER_PROXY: url is ".*path"; allowed/,
    ],
    ['{"url":"http://a:b@proxy.example.com:3128"}', /RUNNER_SCALER_PROXY: url is/],
    ['{}', /url is missing; allowed: an http or https URL/],
    ['{"url":"http://p:1","noProxy":"a"}', /noProxy is "a"; allowed: a list/],
    ['{"url":"http://p:1","noProxy":[""]}', /noProxy is \[""\]; allowed/],
    ['{"url":"http://p:1","no_proxy":[]}', /has the key "no_proxy"; allowed: url, noProxy/],
    ['http://p:1', /RUNNER_SCALER_PROXY is not a JSON object/],
  ])('a proxy of %s is refused', (text, sentence) => {
    expect(refusal({ [ENV.proxy]: text })).toThrow(sentence);
  });

  test('a file elsewhere is refused', () => {
    expect(refusal({ [ENV.caFile]: '/etc/ca.pem' })).toThrow(
      'RUNNER_SCALER_CA_FILE is "/etc/ca.pem"; allowed: the name of a file beside the code',
    );
  });
});
