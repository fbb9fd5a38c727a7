import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { INSTANCE_ID } from '../instance-services/names.ts';
import { ok, refusal } from '../instance-services/reply.ts';
import type { CloudOptions } from './cloud.ts';
import { COMMANDS } from './commands.ts';
import { count, indexOf } from './events.ts';
import {
  bootedMachine,
  LOG,
  PREFIX,
  startMachine,
  type Machine,
  type MachineOptions,
} from './machine.ts';
import { killProcesses, startProcess, type Process } from './processes.ts';
import { NOW, readyMachine, RUN } from './ready.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  killProcesses();
  await machine.remove();
});

/** Milliseconds since this machine was powered on. */
const poweredOn = () =>
  Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000);

describe('the prefix of the task', () => {
  /** Runs the task; other uses of systemd-run do nothing. */
  const PASSES_ON = `[[ $* == *--unit=runner-scaler-task-* ]] || exit 0
while [[ $1 != -- ]]; do shift; done
shift
exec "$@"`;

  async function withTask(body: string, commands: MachineOptions['commands'] = {}) {
    machine = await bootedMachine({
      commands: { 'systemd-run': PASSES_ON, ...commands },
      files: { '/opt/task-agent': `#!/bin/bash\n${body}\n` },
    });
    return join(machine.root, 'opt/task-agent');
  }

  test('becomes the task of another user, in its own scope, and has itself watched', async () => {
    const said = `"\${0%/opt/*}/said"`;
    const agent = await withTask(`printf '%s\\n' "process $$" "$@" >${said}; exit 42`);
    const before = poweredOn();
    const booting = machine.events().length;
    expect(await machine.task(agent, '--flag', 'two words', '', '$HOME')).toBe(42);
    const [process = '', ...words] = machine.file('/said').trimEnd().split('\n');
    expect(words).toEqual(['--flag', 'two words', '', '$HOME']);
    const pid = process.replace('process ', '');
    const [, began] = new RegExp(`^${pid} (\\d+)\\n$`).exec(machine.file(`${RUN}/task`)) ?? [];
    expect(Number(began)).toBeGreaterThanOrEqual(before);
    expect(Number(began)).toBeLessThanOrEqual(poweredOn());
    const events = machine.events().slice(booting);
    indexOf(events, `systemctl --no-block start runner-scaler-task@${pid}.service`);
    const scope = events[indexOf(events, 'systemd-run --scope')];
    expect(scope).toContain(` --unit=runner-scaler-task-${pid} `);
    expect(scope).toContain(' --property=OOMPolicy=continue -- setpriv ');
    expect(events[indexOf(events, 'setpriv')]).toMatch(
      /^setpriv --reuid=circleci --regid=1001 --init-groups --inh-caps=-all --reset-env -- env /,
    );
  });

  test('starts the task although nobody can watch it', async () => {
    const agent = await withTask('exit 0');
    machine.replace('systemctl', 'exit 1');
    expect(await machine.task(agent)).toBe(0);
  });

  test('asks a systemd before 253, as that of Amazon Linux, for no policy that it does not know', async () => {
    const systemctl = `case $1 in
  --version) echo 'systemd 252 (252.23-3.amzn2023)'; exit ;;
esac
${COMMANDS['systemctl']}`;
    const agent = await withTask('exit 0', { systemctl });
    expect(await machine.task(agent)).toBe(0);
    expect(machine.file(PREFIX)).not.toContain('OOMPolicy');
  });

  test('leaves no trace of a task when it only proves that one can be started', async () => {
    machine = await bootedMachine();
    const events = machine.events();
    expect(events[indexOf(events, 'systemd-run --scope')]).toMatch(
      / --unit=runner-scaler-proof-\d+ /,
    );
    expect(machine.has(`${RUN}/task`)).toBe(false);
    expect(events.join('\n')).not.toContain('runner-scaler-task@');
  });

  test('without the line that names its interpreter would start no task, and fail the boot', async () => {
    machine = await startMachine({
      // After it was written, before it is proved.
      commands: { nft: `sed -i 1d "$ROOT${PREFIX}"` },
    });
    expect(await machine.boot()).not.toBe(0);
    expect(machine.file(LOG)).toContain(
      'error: a task would not run as it must: the task prefix cannot be executed; ',
    );
    expect(machine.file(LOG)).toContain('Exec format error');
    expect(await machine.task('true')).not.toBe(0);
  });
});

async function noteEnd(ended: Process['ended'], calls: string): Promise<void> {
  await ended;
  appendFileSync(calls, 'the process has ended\n');
}

/** Watches a process that ends as soon as somebody waits for it. */
async function watch(options: MachineOptions = {}): Promise<readonly string[]> {
  const { pid, ended } = await startProcess();
  machine = await readyMachine({
    ...options,
    commands: { tail: `kill ${pid}\nPATH=$REAL_PATH exec tail "$@"` },
  });
  const before = machine.events().length;
  await Promise.all([
    machine.unit('task@', 'ExecStart', { instance: String(pid) }),
    noteEnd(ended, join(machine.root, 'calls')),
  ]);
  return machine
    .events()
    .slice(before)
    .filter((event) => !/^(curl|sleep)/.test(event))
    .map((event) => event.replace(String(pid), 'PID'));
}

describe('the watch over a task', () => {
  test('gives up the protection and tells the scaler, once the process has ended', async () => {
    expect(await watch()).toEqual([
      'tail --pid=PID --sleep-interval=0.25 --follow /dev/null',
      'the process has ended',
      'SetInstanceProtection false',
      'PutEvents',
    ]);
    expect(machine.cloud.autoscalingCalls.map((call) => Object.fromEntries(call))).toEqual([
      {
        Action: 'SetInstanceProtection',
        Version: '2011-01-01',
        AutoScalingGroupName: 'fleet group + <1>',
        'InstanceIds.member.1': INSTANCE_ID,
        ProtectedFromScaleIn: 'false',
      },
    ]);
    expect(machine.cloud.events).toEqual([
      {
        Source: 'runner-scaler.ci/acme/linux',
        DetailType: 'Runner Task Ended',
        Detail: JSON.stringify({ 'instance-id': INSTANCE_ID }),
      },
    ]);
    expect(machine.file(`${RUN}/task-ended`)).toBe(String(NOW));
  });

  test('sends no event if the config switches it off', async () => {
    const events = await watch({ userData: { tellTaskEnd: false } });
    expect(count(events, 'SetInstanceProtection')).toBe(1);
    expect(count(events, 'PutEvents')).toBe(0);
  });

  test('tells the scaler although the group refused', async () => {
    const refused = refusal(400, 'ValidationError', 'not in InService');
    const events = await watch({ cloud: { autoscaling: () => refused } });
    expect(events.slice(-3)).toEqual([
      'SetInstanceProtection false',
      'SetInstanceProtection false',
      'PutEvents',
    ]);
    expect(machine.file(LOG)).toMatch(
      /the group does not know that the task has ended: HTTP 400 .*not in InService/,
    );
  });

  test.each<[string, CloudOptions, string]>([
    [
      'was refused',
      { events: () => ({ status: 400, body: '{"__type":"AccessDenied"}' }) },
      'HTTP 400 {"__type":"AccessDenied"}',
    ],
    ['was not taken', { events: () => ok('{"FailedEntryCount":1,"Entries":[]}') }, 'HTTP 200'],
    ['found nobody', { events: () => 'reset' }, 'HTTP 000'],
  ])('says that an event %s, and ends nothing', async (_, cloud, said) => {
    const events = await watch({ cloud });
    expect(count(events, 'PutEvents')).toBe(2);
    expect(count(events, 'systemctl')).toBe(0);
    expect(machine.file(LOG)).toContain(`the scaler is not told that the task has ended: ${said}`);
  });

  test('says nothing to anybody without the metadata service', async () => {
    const events = await watch({ cloud: { imds: () => 'reset' } });
    expect(events.at(-1)).toBe('the process has ended');
    expect(machine.file(LOG)).toContain('nobody is told that the task has ended');
  });
});
