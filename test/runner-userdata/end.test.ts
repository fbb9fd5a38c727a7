import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { INSTANCE_ID } from '../instance-services/names.ts';
import type { CloudOptions } from './cloud.ts';
import { among, count, groupCalls, indexOf } from './events.ts';
import { lastWord, LOG, POWER_OFF, type Machine, type ServiceEnd } from './machine.ts';
import { NO_PROCESS, NOW, readyMachine, RUN, STATE, type ReadyOptions } from './ready.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

const DECREMENT = 'TerminateInstanceInAutoScalingGroup true';
const SUCCESS: ServiceEnd = { SERVICE_RESULT: 'success', EXIT_CODE: 'exited', EXIT_STATUS: '0' };
const TIMEOUT: ServiceEnd = { SERVICE_RESULT: 'timeout', EXIT_CODE: 'killed', EXIT_STATUS: 'TERM' };

interface Ending extends ReadyOptions {
  readonly ended?: ServiceEnd;
  /** Files that the machine's life has left in its folder of the moment. */
  readonly left?: Readonly<Record<string, string>>;
}

/** Ends the agent of a machine that is ready; the result is what happened from then on. */
async function agentEnds({ ended = SUCCESS, left = {}, ...options }: Ending = {}) {
  machine = await readyMachine(options);
  for (const [name, text] of Object.entries(left)) machine.write(`${RUN}/${name}`, text);
  const before = machine.events().length;
  await machine.unit('agent', 'ExecStopPost', { ended });
  return machine.events().slice(before);
}

describe('the end of the agent', () => {
  test('is the end of the machine: it leaves its group, kills what jobs left, powers off', async () => {
    const events = await agentEnds();
    const order = [
      DECREMENT,
      'systemctl kill --signal=KILL runner-scaler-task*.scope',
      'pkill -KILL -u circleci',
      POWER_OFF,
    ];
    expect(among(events, order)).toEqual(order);
    expect(machine.cloud.autoscalingCalls.map((call) => Object.fromEntries(call))).toEqual([
      {
        Action: 'TerminateInstanceInAutoScalingGroup',
        Version: '2011-01-01',
        InstanceId: INSTANCE_ID,
        ShouldDecrementDesiredCapacity: 'true',
      },
    ]);
  });

  const task = `${NO_PROCESS} ${NOW - 15_000}\n`;
  const running = `${process.pid} ${NOW - 15_000}\n`;
  const failed = { SERVICE_RESULT: 'exit-code', EXIT_CODE: 'exited', EXIT_STATUS: '3' };
  const told = 'AWS took the spot machine back';
  test.each<[string, Ending, string, RegExp]>([
    ['after its task', { left: { task } }, 'served', /^the task has ended$/],
    ['with an error after its task', { ended: failed, left: { task } }, 'served', /^the task/],
    [
      'before its process is gone',
      { left: { task: running, 'task-ended': String(NOW - 1) } },
      'served',
      /^the/,
    ],
    ['when idle', { agentSeconds: 300 }, 'idle', /^no task came within 300 s$/],
    [
      'at once',
      { ended: failed },
      'agent-failed',
      /^the agent ended after 20 s without a task \(exited, 3\)$/,
    ],
    [
      'during its task',
      {
        ended: { SERVICE_RESULT: 'signal', EXIT_CODE: 'killed', EXIT_STATUS: 'SEGV' },
        left: { task: running },
      },
      'agent-failed',
      /^the agent ended while its task was running \(killed, SEGV\)$/,
    ],
    [
      'because it was told to',
      { ended: TIMEOUT, left: { task: running, 'told-to-stop': told } },
      'interrupted',
      /^AWS took the spot machine back$/,
    ],
    [
      'at the limit of its unit',
      { ended: TIMEOUT, left: { task: running } },
      'expired',
      /^the agent was still there 20 s after its start, its limit$/,
    ],
  ])('%s is reported as what it was', async (_, ending, outcome, reason) => {
    await agentEnds(ending);
    expect(lastWord(machine)).toMatchObject({ outcome, reason: expect.stringMatching(reason) });
    expect(machine.file(LOG)).toMatch(
      new RegExp(`ending this instance \\(${outcome}\\): ${reason.source.slice(1)}`, 'm'),
    );
  });

  test.each([
    ['task', 'a\n'],
    ['task', `${NO_PROCESS} 12.5.3\n`],
    ['agent-started', 'soon'],
    ['task-ended', '08'],
  ])('leaves the group although its file %s holds no number: %j', async (name, text) => {
    const events = await agentEnds({ left: { task, [name]: text } });
    expect(count(events, DECREMENT)).toBe(1);
    expect(count(events, POWER_OFF)).toBe(1);
    expect(count(events, 'PutEvents')).toBe(1);
  });

  test('without a start is the failure of the agent', async () => {
    machine = await readyMachine();
    rmSync(join(machine.root, RUN, 'agent-started'));
    const ended = { SERVICE_RESULT: 'exit-code', EXIT_CODE: 'exited', EXIT_STATUS: '203' };
    await machine.unit('agent', 'ExecStopPost', { ended });
    expect(lastWord(machine)).toMatchObject({
      outcome: 'agent-failed',
      reason: 'the agent ended after 0 s without a task (exited, 203)',
    });
  });

  test('is reported with the seconds that each phase of the life took', async () => {
    const left = { task: `${NO_PROCESS} ${NOW - 30_750}\n`, 'task-ended': String(NOW - 500) };
    await agentEnds({ agentSeconds: 43.25, left });
    expect(lastWord(machine)).toEqual({
      'instance-id': INSTANCE_ID,
      outcome: 'served',
      reason: 'the task has ended',
      phases: { kernel: expect.any(Number), wait: 12.5, task: 30.25, life: NOW / 1000 },
    });
    expect(machine.cloud.events.map(({ Source }) => Source)).toEqual([
      'runner-scaler.ci/acme/linux',
    ]);
  });

  test('is reported with the task until now if its end was not seen', async () => {
    await agentEnds({ left: { task } });
    expect(lastWord(machine)).toMatchObject({ outcome: 'served', phases: { wait: 5, task: 15 } });
  });

  test.each([
    ['came before what they follow', { task: `${NO_PROCESS} 2\n`, 'task-ended': '1' }],
    ['are missing', { task: `${NO_PROCESS}\n`, 'task-ended': '' }],
  ])('is reported although its times %s: such a phase counts as 0', async (_, left) => {
    await agentEnds({ left });
    expect(lastWord(machine)).toMatchObject({ outcome: 'served', phases: { wait: 0, task: 0 } });
  });
});

describe.each<[string, number, NonNullable<CloudOptions['events']>]>([
  ['refused', 1, () => ({ status: 400, body: '{"__type":"AccessDeniedException"}' })],
  ['lost', 2, () => 'reset'],
])('a last word that is %s', (_, times, events) => {
  test(`is said ${times} times and keeps nobody`, async () => {
    const happened = await agentEnds({ cloud: { events } });
    expect(count(happened, 'PutEvents')).toBe(times);
    expect(groupCalls(happened)).toEqual([DECREMENT]);
    expect(happened.at(-1)).toBe(POWER_OFF);
    expect(machine.file(LOG)).toContain('nobody is told how this machine ended');
  });
});

describe.each([
  ['with no language', undefined],
  ['of UTF-8', 'C.UTF-8'],
])('on a machine %s', (_, LANG) => {
  test.each([
    ['quotes and backslashes', 'it\'s "said" \\ and \\n so', undefined],
    ['control characters', 'one\n\ttwo\u0007', 'one  two '],
    ['nothing but quotes, too many of them', `-${'"'.repeat(700)}`, `-${'"'.repeat(499)}`],
    // A space for each byte.
    ['letters beyond ASCII', 'café 漢字 \u{1f600}!', 'caf              !'],
  ])('a reason of %s arrives on one line, cut to a length', async (__, reason, told = reason) => {
    await agentEnds({
      ended: { ...SUCCESS, ...(LANG === undefined ? {} : { LANG }) },
      left: { 'told-to-stop': reason },
    });
    expect(lastWord(machine)?.['reason']).toBe(told);
  });

  test('a reason of nothing but letters beyond ASCII, too many of them, arrives cut', async () => {
    await agentEnds({
      ended: { ...SUCCESS, ...(LANG === undefined ? {} : { LANG }) },
      left: { 'told-to-stop': `-${'漢'.repeat(700)}` },
    });
    // Letters are counted where the language knows them.
    const bytes = LANG === undefined ? 499 : 499 * 3;
    expect(lastWord(machine)?.['reason']).toBe(`-${' '.repeat(bytes)}`);
  });
});

describe('a machine is ended too', () => {
  test.each<[string, readonly string[], string, string]>([
    ['by hand', ['end'], 'interrupted', 'ended by hand'],
    ['by hand, with a reason', ['end', 'it is hot'], 'interrupted', 'it is hot'],
    ['by a limit', ['expired', 'it lived too long'], 'expired', 'it lived too long'],
  ])('%s', async (_, words, outcome, reason) => {
    machine = await readyMachine();
    await machine.runner(...words);
    expect(lastWord(machine)).toMatchObject({ outcome, reason });
    expect(groupCalls(machine.events())).toEqual([DECREMENT]);
    expect(machine.events().at(-1)).toBe(POWER_OFF);
  });

  test('after a reboot, by what it has kept on disk', async () => {
    machine = await readyMachine();
    rmSync(join(machine.root, RUN), { recursive: true });
    await machine.unit('rebooted', 'ExecStart');
    expect(lastWord(machine)).toMatchObject({
      outcome: 'interrupted',
      reason: 'the machine was rebooted',
    });
    expect(groupCalls(machine.events())).toEqual([DECREMENT]);
    expect(machine.events().at(-1)).toBe(POWER_OFF);
  });

  test('once, when two ends come at the same time', async () => {
    machine = await readyMachine();
    await Promise.all([machine.runner('end', 'one'), machine.runner('end', 'two')]);
    expect(groupCalls(machine.events())).toEqual([DECREMENT]);
    expect(machine.cloud.events).toHaveLength(1);
    expect(count(machine.events(), POWER_OFF)).toBe(2);
  });
});

describe('the power', () => {
  test('is forced when systemd does not power off', async () => {
    const events = await agentEnds({ commands: { systemctl: '[[ $1 == --force ]]' } });
    expect(events.slice(-3)).toEqual([
      POWER_OFF,
      'systemctl is-system-running',
      'systemctl --force --force poweroff',
    ]);
  });

  test('is left to a power-off or reboot that has begun', async () => {
    const systemctl = '[[ $1 == is-system-running ]] && echo stopping; exit 1';
    const events = await agentEnds({ commands: { systemctl } });
    expect(events.at(-1)).toBe('systemctl is-system-running');
  });

  test('is cut by the kernel when systemd is gone', async () => {
    await agentEnds({ commands: { systemctl: 'exit 1' } });
    expect(machine.file('/proc/sysrq-trigger')).toBe('o\n');
  });

  test('goes off although no log can be written and python3 is gone', async () => {
    machine = await readyMachine({ commands: { python3: 'exit 127' } });
    for (const path of [LOG, '/dev/console']) {
      rmSync(join(machine.root, path), { force: true });
      mkdirSync(join(machine.root, path), { recursive: true });
    }
    await machine.unit('agent', 'ExecStopPost', { ended: SUCCESS });
    expect(groupCalls(machine.events())).toEqual([DECREMENT]);
    expect(machine.events().at(-1)).toBe(POWER_OFF);
    expect(machine.output()).toContain('ending this instance (agent-failed): ');
  });
});

test('nothing is tried twice when the end itself was interrupted after it had left', async () => {
  machine = await readyMachine();
  machine.write(`${RUN}/left-group`, '');
  await machine.runner('end');
  expect(groupCalls(machine.events())).toEqual([]);
  indexOf(machine.events(), POWER_OFF);
  expect(machine.has(`${STATE}/decrement-sent`)).toBe(false);
});
