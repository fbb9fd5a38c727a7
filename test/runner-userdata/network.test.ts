/**
 * The files of network/. Real certificates, proxies and networks are in test/machine/network.cases.ts, on Debian only: so
 * Amazon Linux's part is tried here.
 */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';

import { renderScript, textUserData } from '../../runner-userdata/linux/render.ts';
import { PLATFORM_NAMES } from '../../runner-userdata/platforms.ts';
import { bootedMachine, lastWord, OPTIONS, startMachine, type Machine } from './machine.ts';

jest.setTimeout(60_000);

const NO_PROXY = ['localhost', '127.0.0.1', '::1', '169.254.169.254', 'fd00:ec2::254'];
const PROXY = { url: 'http://proxy.example.com:3128', noProxy: NO_PROXY };

const pem = (seed: string) =>
  `-----BEGIN CERTIFICATE-----\n${`${seed.repeat(64)}\n`.repeat(4)}${seed}Q==\n-----END CERTIFICATE-----\n`;
const TWO = [pem('a'), pem('b')];

/** What the real ones do: the bundle is of what is in the folder. */
const UPDATES = {
  'update-ca-certificates':
    'PATH=$REAL_PATH; mkdir -p $ROOT/etc/ssl/certs; cat $ROOT/usr/local/share/ca-certificates/*.crt >$ROOT/etc/ssl/certs/ca-certificates.crt',
  'update-ca-trust':
    '[[ $1 == extract ]]; PATH=$REAL_PATH; mkdir -p $ROOT/etc/pki/tls/certs; cat $ROOT/etc/pki/ca-trust/source/anchors/*.crt >$ROOT/etc/pki/tls/certs/ca-bundle.crt',
};

let machine: Machine | undefined;

afterEach(async () => {
  await machine?.remove();
  machine = undefined;
});

describe.each(PLATFORM_NAMES)('without options of the network, user data of %s', (platform) => {
  test('has nothing of it, and no mark of a line', () => {
    const script = renderScript({ ...OPTIONS, platform });
    expect(script).not.toMatch(/PROXY|use_proxy|prepare_network|CA_[A-Z]|dual_stack|only with/);
    expect(renderScript({ ...OPTIONS, platform, ipv6Only: false })).toBe(script);
  });

  test('has with each option its own part only', () => {
    const of = (more: object) => renderScript({ ...OPTIONS, platform, ...more });
    expect(of({ proxy: PROXY })).not.toMatch(/trust_certificates|only with/);
    expect(of({ caCertificates: TWO })).not.toMatch(/use_proxy|prove_proxy|only with/);
    expect(of({ ipv6Only: true })).not.toMatch(/prepare_network|only with/);
  });
});

test.each(PLATFORM_NAMES)('%s trusts each certificate, one to a file', async (platform) => {
  machine = await bootedMachine({
    commands: UPDATES,
    userData: { platform, caCertificates: TWO },
  });
  const folder =
    platform === 'ubuntu-24.04'
      ? '/usr/local/share/ca-certificates'
      : '/etc/pki/ca-trust/source/anchors';
  expect(machine.file(`${folder}/runner-scaler-1.crt`)).toBe(TWO[0]);
  expect(machine.file(`${folder}/runner-scaler-2.crt`)).toBe(TWO[1]);
  expect(machine.file('/usr/local/share/runner-scaler/ca.pem')).toBe(TWO.join(''));
  expect(machine.file('/etc/environment')).toContain(
    '\nNODE_EXTRA_CA_CERTS=/usr/local/share/runner-scaler/ca.pem\n',
  );
});

test.each(PLATFORM_NAMES)('%s says when it does not trust them', async (platform) => {
  machine = await startMachine({
    commands: { 'update-ca-certificates': 'exit 1', 'update-ca-trust': 'exit 1' },
    userData: { platform, caCertificates: TWO },
  });
  expect(await machine.boot()).not.toBe(0);
  expect(lastWord(machine)?.['reason']).toMatch(
    /^the certificate authorities of the config cannot/,
  );
});

test.each([
  [
    'ubuntu-24.04',
    '/etc/apt/apt.conf.d/90runner-scaler-proxy',
    (url: string) =>
      [
        `Proxy "${url}";`,
        ...['localhost', '127.0.0.1', '169.254.169.254', 'internal.example.com'].map(
          (host) => `Proxy::${host} "DIRECT";`,
        ),
      ]
        .map((line) => `Acquire::http::${line}\nAcquire::https::${line}\n`)
        .join(''),
  ],
  [
    'amazon-linux-2023',
    '/etc/dnf/dnf.conf',
    (url: string) => `[main]\nproxy=${url}\ngpgcheck=True\n`,
  ],
] as const)(
  'a proxy on %s is set for packages in %s, for Docker, the agent and jobs, after what the image says',
  async (platform, path, text) => {
    machine = await startMachine({
      userData: { platform },
      files: {
        '/etc/dnf/dnf.conf': '[main]\ngpgcheck=True\nproxy=http://of-the-image\n',
        '/etc/environment': 'http_proxy="http://of-the-image"',
      },
    });
    const url = machine.cloud.url;
    // What answers there is not a proxy, and no proxy is used for this address.
    const proxy = { url, noProxy: [...NO_PROXY, 'internal.example.com', '.internal.example.com'] };
    machine.write('/user-data', renderScript({ ...OPTIONS, platform, proxy }));
    expect(await machine.boot()).toBe(0);
    expect(machine.file(path)).toBe(text(url));
    for (const unit of ['docker', 'runner-scaler-agent']) {
      expect(machine.file(`/etc/systemd/system/${unit}.service.d/runner-scaler-proxy.conf`)).toBe(
        '[Service]\nEnvironmentFile=/var/lib/runner-scaler/proxy\n',
      );
    }
    expect(machine.file('/var/lib/runner-scaler/proxy')).toContain(`HTTPS_PROXY=${url}\n`);
    const lines = machine.file('/etc/environment').split('\n');
    expect(lines[0]).toBe('http_proxy="http://of-the-image"');
    expect(lines).toContain(`http_proxy=${url}`);
    expect(machine.events()).toContain('systemctl try-restart docker.service');
  },
);

test.each([
  ['http://proxy.example.com', 'http://proxy.example.com:80', 'proxy.example.com 80'],
  ['https://proxy.example.com/', 'https://proxy.example.com:443', 'proxy.example.com 443'],
  ['http://10.0.0.7:3128/', 'http://10.0.0.7:3128', '10.0.0.7 3128'],
  ['http://[fd00::7]:3128', 'http://[fd00::7]:3128', 'fd00::7 3128'],
  ['http://[fd00::7]', 'http://[fd00::7]:80', 'fd00::7 80'],
])('the proxy %s has a port for every program', (url, whole, reached) => {
  const script = renderScript({ ...OPTIONS, proxy: { url, noProxy: NO_PROXY } });
  const definitions = script.replace(/^case \$\{1[^]*$/m, '');
  const said = execFileSync(
    'bash',
    ['-c', `${definitions}\necho "$PROXY_URL $PROXY_HOST $PROXY_PORT $https_proxy"`],
    { encoding: 'utf8' },
  );
  expect(said).toBe(`${whole} ${reached} ${whole}\n`);
});

test('a proxy that does not answer ends the boot with its name', async () => {
  machine = await startMachine({
    userData: { proxy: { url: 'http://127.0.0.1:1', noProxy: NO_PROXY } },
  });
  expect(await machine.boot()).not.toBe(0);
  expect(lastWord(machine)?.['reason']).toBe(
    'the proxy http://127.0.0.1:1 does not answer; check that it runs, and that the subnets and security groups of the machines reach it',
  );
});

test.each([
  ['amazonaws.com', 'api.aws'],
  ['amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['c2s.ic.gov', 'c2s.ic.gov'],
])('in the domain %s, what has no IPv4 calls %s', (domain, dualStack) => {
  const script = renderScript({ ...OPTIONS, ipv6Only: true }).replace(/^case \$\{1[^]*$/m, '');
  const said = execFileSync(
    'bash',
    ['-c', `${script}\nDOMAIN=${domain}; use_dual_stack; echo "$DOMAIN $IMDS_URL $RELEASES_URL"`],
    { encoding: 'utf8' },
  );
  expect(said).toBe(
    `${dualStack} http://[fd00:ec2::254] https://circleci-binary-releases.s3.dualstack.us-east-1.amazonaws.com/circleci-runner\n`,
  );
});

test('of text, certificates are compressed; the proxy, which may be known late, is not', () => {
  const text = textUserData({
    ...OPTIONS,
    caCertificates: TWO,
    proxy: { url: '${Token[TOKEN.1]}', noProxy: ['${Token[TOKEN.2]}'] },
  });
  expect(text).toContain("\nPROXY_URL='${Token[TOKEN.1]}'\nNO_PROXY_HOSTS='${Token[TOKEN.2]}'\n");
  expect(text).not.toContain('BEGIN CERTIFICATE');
});
