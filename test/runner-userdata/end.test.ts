import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { INSTANCE_ID, MIN_SIZE_REFUSAL, refusal, type CloudOptions, type Reply } from './cloud.ts';
import { count, startMachine, type Machine, type MachineOptions } from './machine.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

/** Ends a machine whose hook was completed, as the unit of the agent does. */
async function end(options: MachineOptions = {}): Promise<readonly string[]> {
  machine = await startMachine(options);
  const mark = join(machine.root, 'var/lib/runner-scaler/hook-completed');
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, '');
  await machine.run(`${machine.root}/user-data end 'the agent has exited'`);
  return machine.events();
}

/** Answers of the termination call in order; after the last one it is accepted. */
function answers(...replies: readonly (Reply | 'reset')[]): CloudOptions {
  const rest = [...replies];
  return { autoscaling: () => rest.shift() };
}

const terminations = (events: readonly string[]) =>
  events.filter((event) => event.startsWith('TerminateInstance'));
const DECREMENT = 'TerminateInstanceInAutoScalingGroup true';
const KEEP = 'TerminateInstanceInAutoScalingGroup false';

describe('the end of an instance', () => {
  test('is first a termination with decrement, then the power', async () => {
    const events = await end();
    expect(machine.autoscalingCalls.map((call) => Object.fromEntries(call))).toEqual([
      {
        Action: 'TerminateInstanceInAutoScalingGroup',
        Version: '2011-01-01',
        InstanceId: INSTANCE_ID,
        ShouldDecrementDesiredCapacity: 'true',
      },
    ]);
    expect(events.filter((event) => /^(Terminate|systemctl)/.test(event))).toEqual([
      DECREMENT,
      'systemctl --no-block poweroff',
    ]);
  });

  test.each<[string, CloudOptions, readonly string[]]>([
    ['repeats at the minimum without decrement', answers(MIN_SIZE_REFUSAL), [DECREMENT, KEEP]],
    [
      'gives up when both are refused for the minimum',
      answers(MIN_SIZE_REFUSAL, MIN_SIZE_REFUSAL),
      [DECREMENT, KEEP],
    ],
    [
      'repeats what was throttled as it was',
      answers(refusal(400, 'Throttling', 'Rate exceeded'), MIN_SIZE_REFUSAL, refusal(503, 'x')),
      [DECREMENT, DECREMENT, KEEP, KEEP],
    ],
    [
      'repeats when another activity holds the group',
      answers(refusal(400, 'ScalingActivityInProgress'), refusal(500, 'ResourceContention')),
      [DECREMENT, DECREMENT, DECREMENT],
    ],
    ['does not repeat what is forbidden', answers(refusal(403, 'AccessDenied')), [DECREMENT]],
    [
      'does not repeat for an instance of no group',
      answers(refusal(400, 'ValidationError', 'Instance Id not found')),
      [DECREMENT],
    ],
  ])('%s', async (_, cloud, calls) => {
    const events = await end({ cloud });
    expect(terminations(events)).toEqual(calls);
    expect(count(events, 'systemctl --no-block poweroff')).toBe(1);
  });

  test.each<[string, CloudOptions]>([
    ['Auto Scaling answers 500', { autoscaling: () => refusal(500, 'InternalFailure') }],
    ['Auto Scaling cannot be reached', { autoscaling: () => 'reset' }],
  ])('is the power alone when %s five times', async (_, cloud) => {
    const events = await end({ cloud });
    expect(terminations(events)).toHaveLength(5);
    expect(count(events, 'systemctl --no-block poweroff')).toBe(1);
  });

  test.each<[string, CloudOptions]>([
    ['the metadata service is silent', { imds: () => 'reset' }],
    [
      'the instance has lost its role',
      { imds: (path) => (path.includes('/iam/') ? { status: 404, body: '' } : undefined) },
    ],
  ])('is the power alone when %s', async (_, cloud) => {
    const events = await end({ cloud });
    expect(terminations(events)).toEqual([]);
    expect(count(events, 'systemctl --no-block poweroff')).toBe(1);
  });

  test('forces the power off when systemd will not', async () => {
    const events = await end({ commands: { systemctl: '[[ $1 == --force ]]' } });
    expect(events.slice(-2)).toEqual([
      'systemctl --no-block poweroff',
      'systemctl --force --force poweroff',
    ]);
  });

  test('asks the kernel when systemd is gone', async () => {
    await end({ commands: { systemctl: 'exit 1' } });
    expect(machine.file('/proc/sysrq-trigger')).toBe('o\n');
  });

  test('needs neither python3 nor the logger', async () => {
    const events = await end({ commands: { python3: 'exit 127', logger: 'exit 127' } });
    expect(terminations(events)).toEqual([DECREMENT]);
    expect(count(events, 'systemctl --no-block poweroff')).toBe(1);
  });

  test('says in the log why, and how the agent ended', async () => {
    machine = await startMachine();
    await machine.run(
      `SERVICE_RESULT=exit-code EXIT_CODE=exited EXIT_STATUS=3 ${machine.root}/user-data end 'the agent has exited'`,
    );
    expect(machine.file('/var/log/runner-scaler.log')).toContain(
      'ending this instance: the agent has exited (exit-code, exited 3)',
    );
  });
});

test('a machine whose hook was not completed is abandoned, not terminated', async () => {
  machine = await startMachine();
  await machine.run(`${machine.root}/user-data end 'the machine was rebooted'`);
  const events = machine.events();
  expect(count(events, 'CompleteLifecycleAction ABANDON')).toBe(1);
  expect(terminations(events)).toEqual([]);
  expect(count(events, 'systemctl --no-block poweroff')).toBe(1);
});

test('the unit runs the agent that was installed, and ends the machine after it', async () => {
  machine = await startMachine({ userData: { bootScript: 'true' } });
  await machine.boot();
  const unit = machine.file('/etc/systemd/system/runner-scaler-agent.service');
  const line = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? 'false';
  expect(line('ExecStart')).toMatch(
    /^\/usr\/local\/bin\/circleci-runner machine --config \/etc\/circleci-runner\/circleci-runner-config.yaml$/,
  );
  expect(await machine.run(line('ExecStart'))).toBe(0);
  await machine.run(line('ExecStopPost'));
  expect(machine.events().filter((event) => /^(Terminate|systemctl -)/.test(event))).toEqual([
    DECREMENT,
    'systemctl --no-block poweroff',
  ]);
});

test('two ends at the same time leave the group once', async () => {
  machine = await startMachine();
  await machine.boot();
  const line = '/usr/local/lib/runner-scaler/runner end';
  await Promise.all([machine.run(`${line} one`), machine.run(`${line} two`)]);
  expect(terminations(machine.events())).toEqual([DECREMENT]);
  expect(count(machine.events(), 'systemctl --no-block poweroff')).toBe(2);
});
