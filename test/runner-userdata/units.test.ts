import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { complaints } from './complaints.ts';
import { OPTIONS, startMachine, type Machine } from './machine.ts';

jest.setTimeout(60_000);

const FOLDER = '/etc/systemd/system';
const LEAVE_LIMIT = 300;

let machine: Machine;

beforeAll(async () => {
  machine = await startMachine();
  await machine.boot();
});

afterAll(async () => {
  await machine.remove();
});

const unitOf = (name: string) => machine.file(`${FOLDER}/runner-scaler-${name}.service`);
const secondsOf = (text: string, key: string) =>
  Number(new RegExp(`^${key}=(\\d+)s?$`, 'm').exec(text)?.[1]);

describe('limits', () => {
  test('that are tighter come first: those of the agent, of its unit, of the machine', () => {
    const agent = OPTIONS.idleTimeoutSeconds + OPTIONS.maxRunTimeSeconds;
    const unit = secondsOf(unitOf('agent'), 'RuntimeMaxSec');
    const machineLimit = Number(
      /lifetime-limit --on-active=(\d+)s/.exec(machine.file('/calls'))?.[1],
    );
    expect(unit).toBeGreaterThan(agent);
    expect(machineLimit).toBeGreaterThan(
      OPTIONS.bootTimeoutSeconds + unit + OPTIONS.drainTimeoutSeconds,
    );
  });

  test('leave a stopped agent its drain and its way out of the group, and so does the power-off', () => {
    const stop = secondsOf(unitOf('agent'), 'TimeoutStopSec');
    expect(stop).toBeGreaterThan(OPTIONS.drainTimeoutSeconds + LEAVE_LIMIT);
    const limit = machine.file(`${FOLDER}/poweroff.target.d/runner-scaler.conf`);
    expect(secondsOf(limit, 'JobTimeoutSec')).toBeGreaterThan(stop);
    expect(limit).toContain('\nJobTimeoutAction=poweroff-force\n');
  });

  test('bound the boot by the config, and leave it its way out', () => {
    expect(secondsOf(unitOf('boot'), 'TimeoutStartSec')).toBe(OPTIONS.bootTimeoutSeconds);
    expect(secondsOf(unitOf('boot'), 'TimeoutStopSec')).toBeGreaterThan(LEAVE_LIMIT);
    expect(secondsOf(unitOf('rebooted'), 'TimeoutStartSec')).toBeGreaterThan(LEAVE_LIMIT);
  });

  test('bound a watch by the longest task', () => {
    expect(secondsOf(unitOf('task@'), 'RuntimeMaxSec')).toBeGreaterThan(OPTIONS.maxRunTimeSeconds);
  });
});

test('only the unit against reboots is enabled, and only the first boot makes what holds it back', () => {
  const wants = join(machine.root, FOLDER, 'multi-user.target.wants');
  expect(readdirSync(wants)).toEqual(['runner-scaler-rebooted.service']);
  const link = readlinkSync(join(wants, 'runner-scaler-rebooted.service'));
  expect(existsSync(join(wants, link))).toBe(true);
  expect(unitOf('rebooted')).toContain('\nConditionPathExists=!/run/runner-scaler\n');
  expect(existsSync(join(machine.root, 'run/runner-scaler'))).toBe(true);
});

test.each(['agent', 'rebooted'])(
  'systemd powers off after the unit %s, however it ends',
  (name) => {
    expect(unitOf(name)).toMatch(/^SuccessAction=poweroff$/m);
    expect(unitOf(name)).toMatch(/^FailureAction=poweroff(-force)?$/m);
  },
);

test('systemd powers off after a boot that failed, and leaves one that is done alone', () => {
  expect(unitOf('boot')).toMatch(/^FailureAction=poweroff$/m);
  expect(unitOf('boot')).not.toContain('SuccessAction');
  expect(unitOf('boot')).toMatch(/^RemainAfterExit=yes$/m);
});

test.each(['boot', 'proof', 'agent', 'task@', 'interruption', 'rebooted'])(
  'nothing restarts the unit %s',
  (name) => {
    expect(unitOf(name)).toMatch(/^ExecStart=/m);
    expect(unitOf(name)).not.toMatch(/^Restart=(?!no$)/m);
  },
);

test.each(['proof', 'task@', 'interruption'])('the end of the unit %s ends nothing', (name) => {
  expect(unitOf(name)).not.toMatch(/Action=|ExecStop/);
});

test.each([
  ['runner-scaler-boot.service'],
  ['runner-scaler-proof.service'],
  ['runner-scaler-agent.service'],
  ['runner-scaler-interruption.service'],
  ['runner-scaler-rebooted.service'],
  ['runner-scaler-task@.service', 'runner-scaler-task@4711.service'],
])('systemd finds no fault with %s', (name, instance = name) => {
  // systemd checks that the programs exist: those of the machine are below its root.
  const text = machine.file(`${FOLDER}/${name}`);
  const file = join(machine.root, instance);
  writeFileSync(file, text.replaceAll('/usr/local/', `${machine.root}/usr/local/`));
  expect(text).toContain('ExecSt');
  expect(complaints('systemd-analyze', ['verify', '--man=no', file])).toBe('');
});

test('systemd finds no fault with the limit on the power-off', () => {
  const file = join(machine.root, 'limit.target');
  writeFileSync(file, machine.file(`${FOLDER}/poweroff.target.d/runner-scaler.conf`));
  expect(complaints('systemd-analyze', ['verify', '--man=no', file])).toBe('');
});

test('systemd would find a fault', () => {
  const file = join(machine.root, 'wrong.service');
  writeFileSync(file, '[Service]\nType=exec\nExecStart=/bin/true\nKillMood=mixed\n');
  expect(complaints('systemd-analyze', ['verify', '--man=no', file])).toContain('KillMood');
});

test('services of the image get a quarter of a minute to stop', () => {
  expect(machine.file('/etc/systemd/system.conf.d/runner-scaler.conf')).toBe(
    '[Manager]\nDefaultTimeoutStopSec=15s\n',
  );
});
