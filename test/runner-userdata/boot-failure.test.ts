import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { TOKEN_PLACEHOLDER } from '../../lambda/scaler/contract.ts';
import { ROLE_SECRET } from '../instance-services/names.ts';
import { ok, refusal } from '../instance-services/reply.ts';
import { NO_ACTIVE_ACTION, type CloudOptions } from './cloud.ts';
import { COMMANDS } from './commands.ts';
import { count, groupCalls, indexOf } from './events.ts';
import {
  lastWord,
  LOG,
  POWER_OFF,
  startMachine,
  type Machine,
  type MachineOptions,
  type ServiceEnd,
} from './machine.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

/** Boots a machine that is to fail; the result is its log. */
async function failedBoot(options: MachineOptions = {}): Promise<string> {
  machine = await startMachine(options);
  expect(await machine.boot()).not.toBe(0);
  return machine.file(LOG);
}

const secretIs = (secret: unknown): CloudOptions => ({
  secret: () => ok(JSON.stringify({ SecretString: secret })),
});
const withoutPath = (path: string) => ({
  releases: (asked: string) => (asked.includes(path) ? { status: 404, body: '' } : undefined),
});

describe('a boot that fails abandons its launch, says why, powers off and starts no agent', () => {
  test.each<[string, MachineOptions, string]>([
    [
      'the secret cannot be read',
      { cloud: { secret: () => ({ status: 400, body: '{"__type":"AccessDeniedException"}' }) } },
      `cannot read the secret ${ROLE_SECRET}: HTTP 400 {"__type":"AccessDeniedException"}`,
    ],
    [
      'Secrets Manager cannot be reached',
      { cloud: { secret: () => 'reset' } },
      `cannot read the secret ${ROLE_SECRET}: HTTP 000`,
    ],
    ['the secret is empty', { cloud: secretIs('') }, `the secret ${ROLE_SECRET} is empty; fill it`],
    [
      'the secret is binary',
      { cloud: secretIs(null) },
      'is empty; fill it with: aws secretsmanager',
    ],
    [
      'the secret holds its placeholder',
      { cloud: secretIs(TOKEN_PLACEHOLDER) },
      `the secret ${ROLE_SECRET} still holds its placeholder; fill it`,
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
      { agentOptions: { version: '3.99.0' } },
      'the manifest of the agent has no checksum of version 3.99.0 for amd64',
    ],
    ['the agent is missing', { cloud: withoutPath('.tar.gz') }, 'cannot download '],
    [
      'the download has another checksum',
      { agentOptions: { sha256: { x86_64: 'a'.repeat(64) } } },
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
      'a task cannot be started',
      {
        commands: {
          'systemd-run': `[[ $* != *--scope* ]] || { echo 'no scope for you'; exit 1; }
${COMMANDS['systemd-run']}`,
        },
      },
      'a task would not run as it must: the task prefix cannot be executed; no scope for you',
    ],
    [
      'the prefix of tasks fails without a word',
      { commands: { 'systemd-run': '[[ $* != *--scope* ]]' } },
      'a task would not run as it must: the task prefix cannot be executed',
    ],
    [
      'the proof of a task is not even begun',
      {
        commands: {
          systemctl: `[[ $* != 'start runner-scaler-proof.service' ]] || exit 1
${COMMANDS['systemctl']}`,
        },
      },
      'a task would not run as it must: the task prefix cannot be executed; cat: ',
    ],
    [
      'a task would not run as it must',
      {
        commands: {
          'systemd-run': "[[ $* != *--scope* ]] || printf 'it can read x\\nand y\\n'",
        },
      },
      'a task would not run as it must: it can read x; and y',
    ],
    [
      "the image's user is root",
      { commands: { id: 'echo 0' } },
      "the image's user circleci is root; allowed: no user of that name, or one without rights",
    ],
    [
      'the boot script fails in its middle',
      { userData: { bootScript: 'echo first\nfalse\necho second' } },
      'the boot script of the config failed with status 1',
    ],
    ['a timer cannot be armed', { commands: { 'systemd-run': 'exit 1' } }, 'in arm_limit'],
    [
      'the hook is gone',
      {
        cloud: {
          autoscaling: (call) =>
            call.get('LifecycleActionResult') === 'CONTINUE' ? NO_ACTIVE_ACTION : undefined,
        },
      },
      'cannot complete the launch hook ready of fleet group + <1>: HTTP 400',
    ],
  ])('when %s', async (_, options, message) => {
    const log = await failedBoot(options);
    const events = machine.events();
    expect(log).toContain(message);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'boot-failed',
      reason: expect.stringContaining(message),
    });
    expect(groupCalls(events).at(-1)).toBe('CompleteLifecycleAction ABANDON');
    expect(indexOf(events, POWER_OFF)).toBeGreaterThan(
      indexOf(events, 'CompleteLifecycleAction ABANDON'),
    );
    expect(count(events, 'systemctl start runner-scaler-agent')).toBe(0);
    expect(count(events, 'TerminateInstance')).toBe(0);
  });
});

test('the reason of a failure that nobody foresaw is where it happened', async () => {
  await failedBoot({ commands: { nft: 'exit 3' } });
  expect(lastWord(machine)?.['reason']).toMatch(/^status 3 at line \d+ in close_metadata$/);
});

test('without the metadata service the boot powers off, having waited ever longer', async () => {
  const log = await failedBoot({ cloud: { imds: () => 'reset' } });
  expect(log).toContain('the metadata service at http://127.0.0.1');
  const pauses = machine
    .events()
    .filter((event) => event.startsWith('sleep'))
    .map((pause) => Number(pause.slice('sleep '.length)));
  // For the boot, then once for all of the end: about as long, so that machines part.
  const about = [
    [1, 2, 4, 8, 16],
    [1, 2, 4, 8],
  ].flat();
  expect(pauses).toHaveLength(about.length);
  about.forEach((seconds, index) => {
    expect(pauses[index]).toBeGreaterThanOrEqual(seconds / 2);
    expect(pauses[index]).toBeLessThanOrEqual(seconds * 1.5);
  });
  expect(log).toContain('the metadata service does not answer: the group will notice');
  expect(groupCalls(machine.events())).toEqual([]);
  expect(machine.events().at(-1)).toBe(POWER_OFF);
});

test('a refused ABANDON does not keep the machine on', async () => {
  await failedBoot({
    cloud: { secret: () => 'reset', autoscaling: () => refusal(400, 'ValidationError', 'no') },
  });
  expect(count(machine.events(), 'CompleteLifecycleAction ABANDON')).toBe(4);
  expect(machine.file(LOG)).toMatch(/the launch could not be abandoned: HTTP 400 .*no/);
  expect(machine.events().at(-1)).toBe(POWER_OFF);
});

test('an agent that does not start ends the machine by leaving the group, once', async () => {
  const systemctl = `[[ $* != 'start runner-scaler-agent.service' ]] || exit 1
${COMMANDS['systemctl']}`;
  await failedBoot({ commands: { systemctl } });
  const ended = { SERVICE_RESULT: 'exit-code', EXIT_CODE: 'exited', EXIT_STATUS: '203' };
  await machine.unit('agent', 'ExecStopPost', { ended });
  expect(groupCalls(machine.events())).toEqual([
    'CompleteLifecycleAction CONTINUE',
    'TerminateInstanceInAutoScalingGroup true',
  ]);
  expect(machine.cloud.events).toHaveLength(1);
  expect(count(machine.events(), POWER_OFF)).toBe(2);
});

describe('the end of the unit that boots', () => {
  async function bootEnded(ended: ServiceEnd, options: MachineOptions = {}) {
    machine = await startMachine(options);
    await machine.install();
    await machine.unit('boot', 'ExecStopPost', { ended });
    return lastWord(machine);
  }
  const KILLED = { EXIT_CODE: 'killed', EXIT_STATUS: 'KILL' };

  test.each<[string, ServiceEnd, MachineOptions, string]>([
    ['that took too long', { SERVICE_RESULT: 'timeout' }, {}, 'the boot took longer than 600 s'],
    [
      'that was killed',
      { SERVICE_RESULT: 'signal', ...KILLED },
      {},
      'the boot was ended from outside (killed, KILL)',
    ],
    [
      'of a machine that powers off',
      { SERVICE_RESULT: 'signal', ...KILLED },
      { commands: { systemctl: '[[ $1 != is-system-running ]] || echo stopping' } },
      'the machine was told to stop during its boot',
    ],
  ])('%s says so, and abandons the launch', async (_, ended, options, reason) => {
    expect(await bootEnded(ended, options)).toMatchObject({ outcome: 'boot-failed', reason });
    expect(groupCalls(machine.events())).toEqual(['CompleteLifecycleAction ABANDON']);
  });

  test('ends nothing once the agent runs', async () => {
    machine = await startMachine();
    expect(await machine.boot()).toBe(0);
    const before = machine.events();
    await machine.unit('boot', 'ExecStopPost', { ended: { SERVICE_RESULT: 'success' } });
    expect(machine.events()).toEqual(before);
  });
});
