import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';

import { AGENT_VERSION } from '../../runner-userdata/linux/agents/circleci/settings.ts';
import { gzipUserData, renderScript, textUserData } from '../../runner-userdata/linux/render.ts';
import type { UserDataOptions } from '../../runner-userdata/options.ts';
import { PLATFORM_NAMES } from '../../runner-userdata/platforms.ts';
import { groupCalls } from './events.ts';
import { OPTIONS, startMachine, type Machine } from './machine.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

/** The value bash gives to a setting of the rendered script. */
function valueOf(name: string, options: Partial<UserDataOptions>): string {
  const script = renderScript({ ...OPTIONS, ...options });
  // Only the settings: what stands behind them would power off the machine that runs this test.
  const settings = script.slice(0, script.lastIndexOf('\nROOT='));
  return execFileSync('bash', ['-c', `${settings}\nprintf %s "$${name}"`], { encoding: 'utf8' });
}

describe.each(PLATFORM_NAMES)('user data of %s', (platform) => {
  const options = { ...OPTIONS, platform };

  test('is the script, compressed in the way that cloud-init unpacks', () => {
    const userData = gzipUserData(options);
    expect([...userData.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    expect(gunzipSync(userData).toString()).toBe(renderScript(options));
  });

  test('is the script also where parts of it are compressed for themselves', () => {
    const pem = (seed: string) =>
      `-----BEGIN CERTIFICATE-----\n${seed.repeat(64)}\n-----END CERTIFICATE-----\n`;
    const trusting = { ...options, caCertificates: [pem('a'), pem('b')] };
    expect(gunzipSync(gzipUserData(trusting)).toString()).toBe(renderScript(trusting));
  });

  test('is the same every time, so that a deployment without a change makes no new version', () => {
    expect(gzipUserData(options).equals(gzipUserData(options))).toBe(true);
    expect(textUserData(options)).toBe(textUserData(options));
  });

  test('begins as a script that cloud-init runs', () => {
    expect(renderScript(options)).toMatch(/^#!\/usr\/bin\/env bash\n/);
    expect(textUserData(options)).toMatch(/^#!\/usr\/bin\/env bash\n/);
  });

  test('holds optional parts only for the classes that use them', () => {
    const least = renderScript(options);
    expect(least).not.toMatch(/^(watch_interruption|ship_logs)\(\)/m);
    const most = renderScript({ ...options, watchInterruption: true, logGroup: '/a' });
    expect(most).toMatch(/^watch_interruption\(\)/m);
    expect(most).toMatch(/^ship_logs\(\)/m);
  });

  test('holds the commands of its own platform', () => {
    const script = renderScript(options);
    expect(/ dnf |\bdnf --/.test(script)).toBe(platform === 'amazon-linux-2023');
    expect(/apt-get/.test(script)).toBe(platform === 'ubuntu-24.04');
  });
});

test.each([
  `it's "quoted"`,
  '$HOME ${HOME} $(id) `id`',
  'back\\slash \\',
  'line\nbreak\r\nand\ttab',
  "'; exit 0; '",
  "''",
  "EOF\nROOT='x'\n#",
  'é 漢 🚀',
])('a text reaches the script as it is: %j', (text) => {
  expect(valueOf('BOOT_SCRIPT', { bootScript: text })).toBe(text);
  expect(valueOf('SCALING_GROUP', { group: text })).toBe(text);
});

test('a NUL character is refused by name', () => {
  expect(() => gzipUserData({ ...OPTIONS, bootScript: 'a\0b' })).toThrow(
    'BOOT_SCRIPT holds a NUL character; allowed: any other text; remove it',
  );
});

describe('user data as text', () => {
  let machine: Machine;

  afterEach(async () => {
    await machine.remove();
  });

  test('holds a CDK token as it was given, outside of what is compressed', async () => {
    machine = await startMachine();
    const token = '${Token[TOKEN.12]}';
    const userData = textUserData({
      ...OPTIONS,
      agent: { ...OPTIONS.agent, tokenSecret: token },
      bootScript: `echo ${token}`,
    });
    expect(userData).toContain(`\nTOKEN_SECRET='${token}'\n`);
    expect(userData).toContain(`\nBOOT_SCRIPT='echo ${token}'\n`);
  });

  test('boots as the other does', async () => {
    machine = await startMachine();
    machine.write('/user-data', textUserData(OPTIONS));
    expect(await machine.boot()).toBe(0);
    expect(groupCalls(machine.events())).toEqual(['CompleteLifecycleAction CONTINUE']);
    await machine.runner('end');
    expect(groupCalls(machine.events()).at(-1)).toBe('TerminateInstanceInAutoScalingGroup true');
  });

  test('that arrived damaged powers the machine off', async () => {
    machine = await startMachine();
    const damaged = textUserData(OPTIONS).replace(/^CODE='..../m, "CODE='AAAA");
    machine.write('/user-data', damaged);
    expect(await machine.install()).not.toBe(0);
    expect(machine.events()).toEqual(['systemctl poweroff']);
  });
});

test('the agent is at least the version that enforces max_run_time and hands tasks back', () => {
  const [major = 0, minor = 0, patch = 0] = AGENT_VERSION.split('.').map(Number);
  expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(3_001_013);
});
