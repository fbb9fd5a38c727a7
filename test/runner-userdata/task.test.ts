import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { INSTANCE_ID, type CloudOptions, ok, refusal } from './cloud.ts';
import { count, indexOf, startMachine, type Machine, type MachineOptions } from './machine.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

const PREFIX = '/usr/local/lib/runner-scaler/task';

let machine: Machine;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'task-'));
});

afterEach(async () => {
  await machine.remove();
  rmSync(folder, { recursive: true });
});

describe('the prefix of the task', () => {
  test('is what the agent is told to start tasks with', async () => {
    machine = await startMachine();
    await machine.boot();
    const config = machine.file('/etc/circleci-runner/circleci-runner-config.yaml');
    expect(config).toContain(`\n  command_prefix: ["${PREFIX}"]\n`);
    expect(machine.file(PREFIX)).toContain('sudo -niHu circleci');
  });

  test('has its own process watched, and becomes the task of another user', async () => {
    // $$ of the stand-in is the process that the prefix was.
    machine = await startMachine({
      commands: { sudo: 'echo "task $$" >>"$RUNNER_SCALER_TEST_ROOT/calls"' },
    });
    await machine.boot();
    await machine.run(`${PREFIX} /opt/task-agent --flag 'two words' ''`);
    const events = machine.events();
    const [, process] = /^task (\d+)$/m.exec(events.join('\n')) ?? [];
    expect(events[indexOf(events, 'sudo')]).toBe(
      'sudo -niHu circleci -- /opt/task-agent --flag two words ',
    );
    indexOf(events, `systemctl --no-block start runner-scaler-task@${process}.service`);
  });

  test("ends with the task's exit status", async () => {
    machine = await startMachine({ commands: { sudo: 'exit 42' } });
    await machine.boot();
    expect(await machine.run(`${PREFIX} true`)).toBe(42);
  });

  test('starts the task although nobody can watch it', async () => {
    machine = await startMachine();
    await machine.boot();
    machine.replace('systemctl', 'exit 1');
    expect(await machine.run(`${PREFIX} true`)).toBe(0);
    expect(count(machine.events(), 'sudo')).toBe(1);
  });
});

/** Watches a process that lives until somebody waits for it. */
async function watch(options: MachineOptions = {}): Promise<readonly string[]> {
  const gate = join(folder, 'gate');
  execFileSync('mkfifo', [gate]);
  machine = await startMachine({
    ...options,
    commands: { ...options.commands, tail: `echo >'${gate}'\nPATH=$REAL_PATH exec tail "$@"` },
  });
  await machine.run(
    `{ read -r <'${gate}'; echo 'the process ends' >>'${machine.root}/calls'; } & ${machine.root}/user-data watch-task $!`,
  );
  return machine.events().filter((event) => !/^(curl|logger|sleep)/.test(event));
}

describe('the watch over a task', () => {
  test('gives up the protection and tells the scaler, once the process has ended', async () => {
    const events = await watch();
    expect(events.map((event) => event.replace(/=\d+/, '=PID'))).toEqual([
      'tail --pid=PID --sleep-interval=0.5 --follow /dev/null',
      'the process ends',
      'SetInstanceProtection false',
      'PutEvents',
    ]);
    expect(machine.autoscalingCalls.map((call) => Object.fromEntries(call))).toEqual([
      {
        Action: 'SetInstanceProtection',
        Version: '2011-01-01',
        AutoScalingGroupName: 'fleet group + <1>',
        'InstanceIds.member.1': INSTANCE_ID,
        ProtectedFromScaleIn: 'false',
      },
    ]);
    expect(machine.eventCalls.map((body) => JSON.parse(body))).toEqual([
      {
        Entries: [
          {
            Source: 'runner-scaler.ci',
            DetailType: 'Runner Task Ended',
            Detail: JSON.stringify({ 'instance-id': INSTANCE_ID }),
          },
        ],
      },
    ]);
  });

  test('sends no event where none is wanted', async () => {
    const events = await watch({ userData: { eventSource: '' } });
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
    expect(machine.file('/var/log/runner-scaler.log')).toMatch(
      /the group does not know that the task has ended: HTTP 400 .*not in InService/,
    );
  });

  test.each<[string, CloudOptions, RegExp]>([
    [
      'was refused',
      { events: () => ({ status: 400, body: '{"__type":"AccessDenied"}' }) },
      /AccessDenied/,
    ],
    ['was not taken', { events: () => ok('{"FailedEntryCount":1,"Entries":[]}') }, /HTTP 200/],
    ['found nobody', { events: () => 'reset' }, /HTTP 000/],
  ])('says that an event %s, and ends nothing', async (_what, cloud, said) => {
    const events = await watch({ cloud });
    expect(count(events, 'PutEvents')).toBe(2);
    expect(count(events, 'systemctl')).toBe(0);
    const log = machine.file('/var/log/runner-scaler.log');
    expect(log).toMatch(
      new RegExp(`the scaler is not told that the task has ended: .*${said.source}`),
    );
  });

  test('says nothing to anybody without the metadata service', async () => {
    const events = await watch({ cloud: { imds: () => 'reset' } });
    expect(events.at(-1)).toBe('the process ends');
    expect(machine.file('/var/log/runner-scaler.log')).toContain('nobody is told');
  });
});
