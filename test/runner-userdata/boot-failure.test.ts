import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';

import { TOKEN_PLACEHOLDER } from '../../lambda/scaler/contract.ts';
import { MIN_SIZE_REFUSAL, ok, refusal, type CloudOptions } from './cloud.ts';
import {
  count,
  indexOf,
  OPTIONS,
  startMachine,
  type Machine,
  type MachineOptions,
} from './machine.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

/** Boots a machine that is to fail; the result is its log. */
async function failedBoot(options: MachineOptions): Promise<string> {
  machine = await startMachine(options);
  expect(await machine.boot()).not.toBe(0);
  return machine.file('/var/log/runner-scaler.log');
}

const secretIs = (secret: unknown): CloudOptions => ({
  secret: () => ok(JSON.stringify({ SecretString: secret })),
});
const withoutPath = (path: string) => ({
  releases: (asked: string) => (asked.includes(path) ? { status: 404, body: '' } : undefined),
});

describe('a boot that fails abandons its launch, powers off and starts no agent', () => {
  test.each<[string, MachineOptions, string]>([
    [
      'the secret cannot be read',
      { cloud: { secret: () => ({ status: 400, body: '{"__type":"AccessDeniedException"}' }) } },
      `cannot read the secret ${OPTIONS.tokenSecret}: HTTP 400 {"__type":"AccessDeniedException"}`,
    ],
    [
      'Secrets Manager cannot be reached',
      { cloud: { secret: () => 'reset' } },
      `cannot read the secret ${OPTIONS.tokenSecret}: HTTP 000`,
    ],
    [
      'the secret is empty',
      { cloud: secretIs('') },
      `the secret ${OPTIONS.tokenSecret} is empty; fill it`,
    ],
    [
      'the secret is binary',
      { cloud: secretIs(null) },
      'is empty; fill it with: aws secretsmanager',
    ],
    [
      'the secret holds its placeholder',
      { cloud: secretIs(TOKEN_PLACEHOLDER) },
      `the secret ${OPTIONS.tokenSecret} still holds its placeholder; fill it`,
    ],
    [
      'the secret holds JSON',
      { cloud: secretIs('{"token":"x"}') },
      'holds JSON; allowed: the bare',
    ],
    [
      'the token holds a space',
      { cloud: secretIs('abc def') },
      'holds white space; allowed: the bare',
    ],
    ['the token holds a line break', { cloud: secretIs('abc\ndef') }, 'holds white space'],
    [
      'the manifest is missing',
      { cloud: withoutPath('manifest') },
      'cannot download the manifest of the agent',
    ],
    [
      'the manifest does not know the version',
      { userData: { agentVersion: '3.99.0' } },
      'the manifest of the agent has no checksum of version 3.99.0 for amd64',
    ],
    ['the agent is missing', { cloud: withoutPath('.tar.gz') }, 'cannot download '],
    [
      'the download has another checksum',
      { userData: { agentSha256: { x86_64: 'a'.repeat(64) } } },
      `does not have the checksum ${'a'.repeat(64)}`,
    ],
    ['the processor is unknown', { commands: { uname: 'echo riscv64' } }, 'not made for riscv64'],
    [
      'apt cannot install',
      {
        commands: { 'apt-get': 'exit 100' },
        missing: ['git'],
      },
      'cannot install git',
    ],
    [
      'dnf cannot install',
      {
        commands: { dnf: 'exit 1' },
        userData: { platform: 'amazon-linux-2023' },
        missing: ['git'],
      },
      'cannot install git',
    ],
    ['the user cannot be made', { commands: { useradd: 'exit 9' } }, 'in make_job_user'],
    ['the firewall cannot be set', { commands: { nft: 'exit 1' } }, 'in close_metadata'],
    [
      'the metadata address stays open to jobs',
      { commands: { runuser: 'shift 3; PATH=$REAL_PATH exec "$@"' } },
      'is not closed to circleci (curl ended with 0)',
    ],
    [
      'it cannot be tried whether the metadata address is closed',
      { commands: { runuser: 'exit 127' } },
      'is not closed to circleci (curl ended with 127)',
    ],
    [
      'the boot script fails in its middle',
      { userData: { bootScript: 'echo first\nfalse\necho second' } },
      'the boot script of the config failed with status 1',
    ],
    ['a timer cannot be armed', { commands: { 'systemd-run': 'exit 1' } }, 'in arm_limit'],
    [
      'the hook cannot be completed',
      {
        cloud: {
          autoscaling: (call) =>
            call.get('LifecycleActionResult') === 'CONTINUE'
              ? refusal(400, 'ValidationError', 'No active Lifecycle Action found')
              : undefined,
        },
      },
      'cannot complete the launch hook ready of fleet group + <1>: HTTP 400',
    ],
  ])('when %s', async (_, options, message) => {
    const log = await failedBoot(options);
    const events = machine.events();
    expect(log).toContain(message);
    expect(log).toContain('ending this instance: the boot stopped with status');
    const abandoned = indexOf(events, 'CompleteLifecycleAction ABANDON');
    expect(indexOf(events, 'systemctl --no-block poweroff')).toBeGreaterThan(abandoned);
    expect(count(events, 'systemctl start runner-scaler-agent')).toBe(0);
    expect(count(events, 'TerminateInstance')).toBe(0);
  });
});

test('without the metadata service the boot powers off, having waited ever longer', async () => {
  const log = await failedBoot({ cloud: { imds: () => 'reset' } });
  expect(log).toContain('the metadata service at http://127.0.0.1');
  const pauses = machine.events().filter((event) => event.startsWith('sleep'));
  const seconds = pauses.map((pause) => Math.floor(Number(pause.slice('sleep '.length))));
  expect(seconds).toEqual([1, 2, 4, 8, 16, 1, 2]);
  expect(count(machine.events(), 'systemctl --no-block poweroff')).toBe(1);
});

test('a refused ABANDON does not keep the machine on', async () => {
  await failedBoot({
    cloud: { secret: () => 'reset', autoscaling: () => refusal(400, 'ValidationError', 'no') },
  });
  expect(count(machine.events(), 'CompleteLifecycleAction ABANDON')).toBe(3);
  expect(count(machine.events(), 'systemctl --no-block poweroff')).toBe(1);
});

test('an agent that does not start ends the machine by leaving the group, once', async () => {
  await failedBoot({
    cloud: {
      autoscaling: (call) =>
        call.get('ShouldDecrementDesiredCapacity') === 'true' ? MIN_SIZE_REFUSAL : undefined,
    },
    commands: { systemctl: '[[ $1 != start ]] || exit 1' },
  });
  await machine.run('/usr/local/lib/runner-scaler/runner end "the agent has exited"');
  const events = machine.events();
  expect(count(events, 'CompleteLifecycleAction ABANDON')).toBe(0);
  expect(count(events, 'TerminateInstanceInAutoScalingGroup true')).toBe(1);
  expect(count(events, 'TerminateInstanceInAutoScalingGroup false')).toBe(1);
  expect(count(events, 'systemctl --no-block poweroff')).toBe(2);
});

test('user data that arrived damaged powers the machine off', async () => {
  machine = await startMachine();
  writeFileSync(
    `${machine.root}/user-data`,
    machine.userData.replace(/^CODE='..../m, "CODE='AAAA"),
  );
  expect(await machine.boot()).not.toBe(0);
  expect(machine.events()).toEqual(['systemctl poweroff']);
});
