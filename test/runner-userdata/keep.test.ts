import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { INSTANCE_ID } from '../instance-services/names.ts';
import { refusal } from '../instance-services/reply.ts';
import { MIN_SIZE_REFUSAL } from './cloud.ts';
import { among, count, groupCalls } from './events.ts';
import { LOG, POWER_OFF, type Machine } from './machine.ts';
import { readyMachine, RUN } from './ready.ts';

jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

const KEPT = `${RUN}/kept`;
const SERVED = { SERVICE_RESULT: 'success', EXIT_CODE: 'exited', EXIT_STATUS: '0' };

describe('a machine that is to be kept', () => {
  test('leaves its group, is no longer powered off with its agent, and has a limit', async () => {
    machine = await readyMachine();
    expect(await machine.runner('keep', '30')).toBe(0);
    expect(machine.cloud.autoscalingCalls.map((call) => Object.fromEntries(call))).toEqual([
      {
        Action: 'DetachInstances',
        Version: '2011-01-01',
        AutoScalingGroupName: 'fleet group + <1>',
        'InstanceIds.member.1': INSTANCE_ID,
        ShouldDecrementDesiredCapacity: 'true',
      },
    ]);
    expect(machine.file('/run/systemd/system/runner-scaler-agent.service.d/kept.conf')).toBe(
      '[Unit]\nSuccessAction=none\nFailureAction=none\n',
    );
    const order = [
      'systemctl daemon-reload',
      'systemctl stop runner-scaler-lifetime-limit.timer runner-scaler-keep-limit.timer',
      'systemd-run --quiet --unit=runner-scaler-keep-limit --on-active=1800s',
    ];
    expect(among(machine.events(), order).slice(-3)).toEqual(order);
    const until = machine.file(KEPT).trimEnd();
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(29 * 60_000);
    expect(machine.output()).toContain(
      `this machine has left its group and is kept until ${until}; to end it now: /usr/local/lib/runner-scaler/runner end`,
    );
  });

  test('stays on when its agent has ended, until its limit or somebody ends it', async () => {
    machine = await readyMachine();
    await machine.runner('keep');
    await machine.unit('agent', 'ExecStopPost', { ended: SERVED });
    expect(count(machine.events(), POWER_OFF)).toBe(0);
    expect(machine.file(LOG)).toMatch(/the agent has ended .*, and this machine is kept until 20/);
    await machine.runner('expired', 'the machine was kept for 120 minutes');
    expect(machine.events().at(-1)).toBe(POWER_OFF);
  });

  test('leaves a group at its minimum without decrement', async () => {
    let calls = 0;
    machine = await readyMachine({
      cloud: { autoscaling: () => (calls++ === 0 ? MIN_SIZE_REFUSAL : undefined) },
    });
    expect(await machine.runner('keep')).toBe(0);
    expect(groupCalls(machine.events())).toEqual(['DetachInstances true', 'DetachInstances false']);
  });

  test('leaves once, and may be kept longer', async () => {
    machine = await readyMachine();
    await machine.runner('keep', '1');
    const until = machine.file(KEPT);
    expect(await machine.runner('keep', '1440')).toBe(0);
    expect(groupCalls(machine.events())).toEqual(['DetachInstances true']);
    expect(Date.parse(machine.file(KEPT).trim())).toBeGreaterThan(Date.parse(until.trim()));
  });

  test('is not kept when its group does not let go of it', async () => {
    machine = await readyMachine({
      cloud: { autoscaling: () => refusal(400, 'ValidationError', 'not in service') },
    });
    expect(await machine.runner('keep')).toBe(1);
    expect(machine.output()).toMatch(
      /error: the group does not let go of this machine, so it is not kept: HTTP 400 .*not in service/,
    );
    expect(machine.has(KEPT)).toBe(false);
    await machine.unit('agent', 'ExecStopPost', { ended: SERVED });
    expect(machine.events().at(-1)).toBe(POWER_OFF);
  });

  test('is refused while it boots', async () => {
    machine = await readyMachine();
    rmSync(join(machine.root, RUN, 'booted'));
    expect(await machine.runner('keep')).toBe(1);
    expect(machine.output()).toContain('this machine is still booting');
    expect(groupCalls(machine.events())).toEqual([]);
  });

  test.each(['0', 'x', '1441', '99999', '-1', '1 2'])(
    'is refused for "%s" minutes, with what is allowed',
    async (minutes) => {
      machine = await readyMachine();
      expect(await machine.runner('keep', minutes)).toBe(1);
      expect(machine.output()).toContain(
        `error: the minutes to keep this machine are "${minutes}"; allowed: a whole number from 1 to 1440`,
      );
      expect(groupCalls(machine.events())).toEqual([]);
    },
  );
});

test.each([[['stop']], [[]]])(
  'the command %j is refused with those that there are',
  async (words) => {
    machine = await readyMachine();
    expect(await machine.runner(...words)).toBe(64);
    expect(machine.output()).toContain(
      `unknown command "${words[0] ?? ''}"; allowed: end [REASON], keep [MINUTES]`,
    );
  },
);
