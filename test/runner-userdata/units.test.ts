import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { complaints } from './complaints.ts';
import { OPTIONS, startMachine, type Machine } from './machine.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

let machine: Machine;

beforeAll(async () => {
  machine = await startMachine();
  await machine.boot();
});

afterAll(async () => {
  await machine.remove();
});

test('a drain may last as long as a task, and what hangs is stopped before the lifetime limit', () => {
  const unit = machine.file('/etc/systemd/system/runner-scaler-agent.service');
  const seconds = (key: string) => Number(new RegExp(`^${key}=(\\d+)$`, 'm').exec(unit)?.[1]);
  const lifetime = /lifetime-limit --on-active=(\d+)s/.exec(machine.file('/calls'))?.[1];
  expect(seconds('TimeoutStopSec')).toBeGreaterThan(OPTIONS.maxRunTimeSeconds);
  expect(seconds('RuntimeMaxSec')).toBeGreaterThan(
    OPTIONS.maxRunTimeSeconds + OPTIONS.idleTimeoutSeconds,
  );
  expect(Number(lifetime)).toBeGreaterThan(
    OPTIONS.bootTimeoutSeconds + seconds('RuntimeMaxSec') + 60,
  );
});

test('only the unit against reboots is enabled, and only the first boot makes what holds it back', () => {
  const enabled = machine.events().filter((event) => event.startsWith('systemctl enable'));
  expect(enabled).toEqual(['systemctl enable runner-scaler-rebooted.service']);
  const unit = machine.file('/etc/systemd/system/runner-scaler-rebooted.service');
  expect(unit).toContain('\nConditionPathExists=!/run/runner-scaler\n');
  expect(existsSync(join(machine.root, 'run/runner-scaler'))).toBe(true);
});

test.each(['agent', 'rebooted'])(
  'systemd powers off after the unit %s, however it ends',
  (name) => {
    const unit = machine.file(`/etc/systemd/system/runner-scaler-${name}.service`);
    expect(unit).toMatch(/^SuccessAction=poweroff$/m);
    expect(unit).toMatch(/^FailureAction=poweroff(-force)?$/m);
    expect(unit).not.toMatch(/^Restart=(?!no$)/m);
  },
);

test('the unit that watches the task ends nothing', () => {
  const unit = machine.file('/etc/systemd/system/runner-scaler-task@.service');
  expect(unit).toMatch(/^ExecStart=\/usr\/local\/lib\/runner-scaler\/runner watch-task %i$/m);
  expect(unit).not.toMatch(/Action=|poweroff/);
});

test.each([
  ['runner-scaler-agent.service'],
  ['runner-scaler-rebooted.service'],
  ['runner-scaler-task@.service', 'runner-scaler-task@4711.service'],
])('systemd finds no fault with %s', (name, instance = name) => {
  // systemd looks for the binaries: those of the machine lie below its root.
  const text = machine.file(`/etc/systemd/system/${name}`);
  const file = join(machine.root, instance);
  writeFileSync(file, text.replaceAll('/usr/local/', `${machine.root}/usr/local/`));
  expect(text).toContain('ExecSt');
  expect(complaints('systemd-analyze', ['verify', '--man=no', file])).toBe('');
});

test('systemd finds no fault with the limit on the power-off', () => {
  const text = machine.file('/etc/systemd/system/poweroff.target.d/runner-scaler.conf');
  expect(text).toContain('JobTimeoutSec=120');
  const file = join(machine.root, 'limit.target');
  writeFileSync(file, text);
  expect(complaints('systemd-analyze', ['verify', '--man=no', file])).toBe('');
});

test('systemd would find a fault', () => {
  const file = join(machine.root, 'wrong.service');
  writeFileSync(file, '[Service]\nType=exec\nExecStart=/bin/true\nKillMood=mixed\n');
  expect(complaints('systemd-analyze', ['verify', '--man=no', file])).toContain('KillMood');
});
