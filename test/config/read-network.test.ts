/** What a config may say of networks that are not ours. */
import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../config/config-error.ts';
import { resolveConfig } from '../../config/resolve-config.ts';

const SUBNET = 'subnet-0123456789abcdef0';
const OTHER = 'subnet-0123456789abcdef1';
const NETWORK = { vpcId: 'vpc-0123456789abcdef0', subnetIds: [SUBNET] };
const VALID = {
  name: 'ci',
  gitlab: {
    url: 'https://gitlab.corp.example',
    scope: 'instance',
    fleets: [{ name: 'linux', runner: 101, max: 4, executor: 'shell' }],
  },
};
const PROXY = 'http://proxy.corp.example:3128';

function problemsOf(more: object): readonly string[] {
  try {
    resolveConfig({ ...VALID, ...more });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
}

describe('the network of the function', () => {
  test('has defaults', () => {
    const network = { ...NETWORK, scaler: { subnetIds: [OTHER] } };
    expect(resolveConfig({ ...VALID, network }).network).toEqual({
      ...NETWORK,
      securityGroupIds: [],
      ipv6Only: false,
      scaler: { subnetIds: [OTHER], securityGroupIds: [], dualStack: false },
    });
  });

  test('may be that of runners, unless these have no IPv4', () => {
    const network = { ...NETWORK, scaler: { subnetIds: [SUBNET] } };
    expect(problemsOf({ network })).toEqual([]);
    expect(problemsOf({ network: { ...network, ipv6Only: true } })).toEqual([
      expect.stringMatching(
        /^network: scaler: subnetIds has subnet-\w+, which is one of the runners' .*Lambda takes no other/,
      ),
    ]);
  });

  test.each<readonly [string, object, string]>([
    ['no subnets', {}, 'network: scaler: subnetIds is missing; needed: a list of 1 to 16'],
    [
      'too many subnets',
      { subnetIds: Array.from({ length: 17 }, (_, index) => `subnet-000000${index + 10}`) },
      "subnetIds is [ 'subnet-00000010', 'subnet-00000011',",
    ],
    ['a subnet that is none', { subnetIds: ['a'] }, 'subnetIds[0] is "a"; allowed: an id such as'],
    [
      'more groups than an interface has',
      {
        subnetIds: [OTHER],
        securityGroupIds: Array.from({ length: 5 }, (_, index) => `sg-0000000${index}`),
      },
      'a list of 0 to 4 texts',
    ],
    [
      'a flag that is none',
      { subnetIds: [OTHER], dualStack: 'yes' },
      'dualStack is "yes"; allowed: true or false',
    ],
    ['an unknown key', { subnets: [] }, 'unknown key "subnets"; did you mean subnetIds?'],
  ])('%s is refused', (_, scaler, sentence) => {
    expect(problemsOf({ network: { ...NETWORK, scaler } })).toContainEqual(
      expect.stringContaining(sentence),
    );
  });
});

describe('runners without IPv4', () => {
  test.each([
    [
      'gitlab',
      { gitlab: { ...VALID.gitlab, url: 'https://10.0.0.7' } },
      /^gitlab: url is https:\/\/10\.0\.0\.7, an IPv4/,
    ],
    [
      'proxy',
      { proxy: { url: 'http://10.0.0.8:3128' } },
      /^proxy: url is http:\/\/10\.0\.0\.8:3128, an IPv4/,
    ],
  ])('cannot reach a %s that is an IPv4 address', (_, more, sentence) => {
    expect(problemsOf({ ...more, network: NETWORK })).toEqual([]);
    const [problem, ...others] = problemsOf({ ...more, network: { ...NETWORK, ipv6Only: true } });
    expect(problem).toMatch(sentence);
    expect(problem).toContain('DNS64');
    expect(others).toEqual([]);
  });

  test('run no containers of the stock image, whose Docker gives them no IPv6', () => {
    const network = { ...NETWORK, ipv6Only: true };
    const withFleet = (more: object) => ({
      ...VALID.gitlab,
      fleets: [{ name: 'linux', runner: 101, max: 4, executor: 'docker', ...more }],
    });
    expect(problemsOf({ gitlab: withFleet({}), network: NETWORK })).toEqual([]);
    expect(problemsOf({ gitlab: withFleet({}), network })).toEqual([
      expect.stringMatching(/^gitlab\.fleets\[0\] \(linux\): executor is docker, .* no IPv6/),
    ]);
    const image = { platform: 'ubuntu-24.04', amiId: 'ami-0123456789abcdef0' };
    expect(problemsOf({ gitlab: withFleet({ image }), network })).toEqual([]);
  });
});

describe('a proxy', () => {
  test('is passed on with its hosts in the forms that programs know', () => {
    const proxy = {
      url: 'HTTP://Proxy.corp.example:80/',
      noProxy: ['Corp.example', '10.1.2.3', 'fd00::7'],
    };
    expect(resolveConfig({ ...VALID, proxy }).proxy).toEqual({
      url: 'http://proxy.corp.example:80',
      noProxy: [
        'localhost',
        '127.0.0.1',
        '::1',
        '169.254.169.254',
        'fd00:ec2::254',
        'corp.example',
        '.corp.example',
        '10.1.2.3',
        'fd00::7',
      ],
    });
  });

  test.each<readonly [string, unknown]>([
    ['no port', 'http://proxy.corp.example'],
    ['a path', 'http://proxy.corp.example:3128/path'],
    ['another protocol', 'socks5://proxy.corp.example:1080'],
    ['no protocol', 'proxy.corp.example:3128'],
    ['no text', 3128],
    ['a text that is too long', `http://${'p'.repeat(200)}:3128`],
  ])('with %s is refused', (_, url) => {
    expect(problemsOf({ proxy: { url } })).toEqual([
      expect.stringMatching(
        /^proxy: url is .*; allowed: .* such as http:\/\/proxy\.example\.com:3128/,
      ),
    ]);
  });

  test('with a password is refused, and the password is not repeated', () => {
    const problems = problemsOf({ proxy: { url: 'http://ci:hunter2@proxy.corp.example:3128' } });
    expect(problems).toEqual([expect.stringMatching(/^proxy: url has a user name or a password/)]);
    expect(problems.join('')).not.toContain('hunter2');
  });

  test.each([
    '.corp.example',
    '*.corp.example',
    '10.0.0.0/8',
    'corp.example:443',
    'https://a',
    '',
    '[::1]',
    '10.0.0',
    5,
  ])('does not leave out %p, on which programs do not agree', (host) => {
    expect(problemsOf({ proxy: { url: PROXY, noProxy: ['a.example', host] } })).toEqual([
      expect.stringMatching(
        /^proxy: noProxy\[1\] is .*; allowed: a host name such as example\.com.*no leading dot/,
      ),
    ]);
  });

  test('leaves out no more hosts than the variables of a function hold', () => {
    const noProxy = Array.from({ length: 31 }, (_, index) => `h${index}.example`);
    expect(problemsOf({ proxy: { url: PROXY, noProxy } })).toEqual([
      expect.stringContaining('a list of 0 to 30 texts'),
    ]);
  });
});
