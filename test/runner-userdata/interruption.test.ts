import { afterEach, describe, expect, jest, test } from '@jest/globals';

import type { CloudOptions, Fate } from './cloud.ts';
import { among, count } from './events.ts';
import { LOG, type Machine } from './machine.ts';
import { NOW, readyMachine, RUN, type ReadyOptions } from './ready.ts';

jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

const NOTICE = 'spot/instance-action';
const REBALANCE = 'events/recommendations/rebalance';
const STOP = 'systemctl --no-block stop runner-scaler-agent.service';
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

/** Takes no time, and ends a watch that would never end. */
const SLEEP = `echo >>"$ROOT/sleeps"
mapfile -t sleeps <"$ROOT/sleeps"
((\${#sleeps[@]} < 300)) || kill "$PPID"`;

interface Watch extends ReadyOptions {
  readonly lifeCycle?: string;
  /** When AWS takes the machine back, in the notice. */
  readonly at?: string;
  /** How often the notice is read before it is there. */
  readonly readsBefore?: number;
  readonly atRisk?: boolean;
  readonly task?: string;
}

/** Watches until it is over; the result is how often it read the notice. */
async function watch({
  lifeCycle = 'spot',
  at = inSeconds(120),
  readsBefore = 0,
  atRisk = false,
  task,
  cloud,
}: Watch = {}): Promise<number> {
  let reads = 0;
  const imds: CloudOptions['imds'] = (path) => {
    if (path.endsWith(NOTICE)) {
      reads += 1;
      if (reads <= readsBefore) return { status: 404, body: '' };
    }
    return cloud?.imds?.(path);
  };
  machine = await readyMachine({
    userData: { watchInterruption: true },
    cloud: { imds },
    commands: { sleep: SLEEP },
  });
  machine.cloud.metadata.set('instance-life-cycle', lifeCycle);
  machine.cloud.metadata.set(NOTICE, JSON.stringify({ action: 'terminate', time: at }));
  if (atRisk) machine.cloud.metadata.set(REBALANCE, '{"noticeTime":"2026-01-01T00:00:00Z"}');
  if (task !== undefined) machine.write(`${RUN}/task`, task);
  await machine.unit('interruption', 'ExecStart');
  return reads;
}

test('a notice stops the agent, who has the time that is left but a quarter of a minute', async () => {
  expect(await watch({ readsBefore: 3 })).toBe(4);
  expect(machine.events().at(-1)).toBe(STOP);
  expect(count(machine.events(), 'sleep 5')).toBe(4);
  expect(machine.file(`${RUN}/told-to-stop`)).toBe('AWS took the spot machine back');
  expect(Number(machine.file(`${RUN}/stop-in`))).toBeGreaterThan(95);
  expect(Number(machine.file(`${RUN}/stop-in`))).toBeLessThanOrEqual(105);
  expect(machine.file(LOG)).toMatch(/AWS takes this machine back in 1[12]\d s/);
});

test.each([
  ['a minute ago', inSeconds(-60), '0'],
  ['long ago', '2000-01-01T00:00:00Z', '105'],
  ['far ahead', '2099-01-01T00:00:00Z', '105'],
  ['no time', 'soon', '105'],
])('a notice whose time is %s leaves between none and two minutes', async (_, at, left) => {
  await watch({ at });
  expect(machine.file(`${RUN}/stop-in`)).toBe(left);
});

test('a machine at risk is stopped when it stays so for half a minute without a task', async () => {
  expect(await watch({ atRisk: true, readsBefore: 100 })).toBe(6);
  expect(machine.events().at(-1)).toBe(STOP);
  expect(machine.file(`${RUN}/told-to-stop`)).toBe(
    'AWS may take the spot machine back soon, and it had no task',
  );
  expect(machine.file(`${RUN}/stop-in`)).toBe('30');
});

test('a machine at risk goes on with its task', async () => {
  const task = `${process.pid} ${NOW - 15_000}\n`;
  expect(await watch({ atRisk: true, task, readsBefore: 10 })).toBe(11);
  expect(machine.file(`${RUN}/told-to-stop`)).toBe('AWS took the spot machine back');
});

test('an expired session of the metadata service is opened again', async () => {
  let opened = 0;
  const imds = (path: string) => {
    if (path === '/latest/api/token') opened += 1;
    const polled =
      path.endsWith('/instance-id') && opened === 1 && machine.events().includes('sleep 5');
    return polled ? { status: 401, body: '' } : undefined;
  };
  expect(await watch({ cloud: { imds }, readsBefore: 3 })).toBe(4);
  expect(opened).toBe(2);
});

describe.each<[string, string, Fate]>([
  ['the session', '/latest/api/token', 'reset'],
  ['the session', '/latest/api/token', { status: 503, body: '' }],
  ['the life cycle', '/instance-life-cycle', 'reset'],
  ['the life cycle', '/instance-life-cycle', { status: 404, body: '<html>' }],
])('first answers about %s that fail', (_, path, fate) => {
  test.each([
    ['spot', 1],
    ['on-demand', 0],
  ])('are asked for until there is one: %s', async (lifeCycle, reads) => {
    let failed = 0;
    const imds = (asked: string) => (asked.endsWith(path) && failed++ < 7 ? fate : undefined);
    expect(await watch({ lifeCycle, cloud: { imds } })).toBe(reads);
    expect(failed).toBe(8);
    expect(count(machine.events(), 'sleep 5')).toBe(7 + reads);
    const said = machine.file(LOG).split('it cannot be read whether this is a spot machine');
    expect(said).toHaveLength(8);
    expect(machine.file(`${RUN}/told-to-stop`)).toBe(
      reads === 1 ? 'AWS took the spot machine back' : '',
    );
  });
});

test('an on-demand machine is not watched', async () => {
  expect(await watch({ lifeCycle: 'on-demand' })).toBe(0);
  expect(among(machine.events(), ['sleep', STOP])).toEqual([]);
});
