import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { among } from './events.ts';
import { LOG, type Machine } from './machine.ts';
import { killProcesses, startProcess } from './processes.ts';
import { readyMachine, RUN, type ReadyOptions } from './ready.ts';

jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  killProcesses();
  await machine.remove();
});

interface Drain extends ReadyOptions {
  readonly task?: number;
  /** Seconds until the power goes, where that is known. */
  readonly stopIn?: number;
  readonly agent?: { readonly deaf: boolean };
}

/** Stops the unit of the agent; the result is the signal that ended it, and what it was waited for. */
async function drain({ task, stopIn, agent, ...options }: Drain = {}) {
  machine = await readyMachine(options);
  const { pid, ended } = await startProcess(agent);
  if (task !== undefined) machine.write(`${RUN}/task`, `${task} 1764000012.500000\n`);
  if (stopIn !== undefined) machine.write(`${RUN}/stop-in`, String(stopIn));
  await machine.unit('agent', 'ExecStop', { mainPid: pid });
  const waits = machine
    .events()
    .flatMap((event) => /^timeout (\d+) tail --pid=(\d+)/.exec(event)?.slice(1) ?? [])
    .map(Number);
  return { signal: await ended, waits, pid };
}

/** Waits as the real one. */
const WAITS = { timeout: 'PATH=$REAL_PATH exec timeout "$@"' };
/** Waits in vain: its time is over at once. */
const OVER = { timeout: 'exit 124' };
/** Waits for what then ends. */
const waitsFor = (pid: number) => ({
  timeout: `[[ $* != *--pid=${pid}* ]] || kill ${pid}\nPATH=$REAL_PATH exec timeout "$@"`,
});

describe('an agent that is told to stop', () => {
  test('is told at once when it has no task', async () => {
    const { signal, waits, pid } = await drain({ commands: WAITS });
    expect(signal).toBe('SIGTERM');
    expect(waits).toEqual([120, pid]);
  });

  test('is told once its task has ended, which has all the time but half a minute', async () => {
    const task = await startProcess();
    const { signal, waits, pid } = await drain({ task: task.pid, commands: waitsFor(task.pid) });
    expect(signal).toBe('SIGTERM');
    expect(waits).toEqual([90, task.pid, expect.any(Number), pid]);
    expect(waits[2]).toBeGreaterThan(100);
    expect(machine.file(LOG)).toContain('a task is running: it has 120 s');
  });

  test.each([
    ['the class allows', {}, 120, 90],
    ['is left until the power goes', { stopIn: 45 }, 45, 15],
    ['the class allows, however late the power goes', { stopIn: 7_200 }, 120, 90],
  ])('has as much time as %s', async (_, options, all, forTask) => {
    const { waits, pid } = await drain({
      ...options,
      task: process.pid,
      commands: OVER,
      agent: { deaf: true },
    });
    expect(waits).toEqual([forTask, process.pid, all, pid]);
  });

  test('is told at once when its task has no time any more: it hands it back', async () => {
    const { signal, waits, pid } = await drain({
      task: process.pid,
      stopIn: 25,
      commands: WAITS,
    });
    expect(signal).toBe('SIGTERM');
    expect(waits).toEqual([25, pid]);
  });

  test('is killed when it does not end in time', async () => {
    const { signal } = await drain({ agent: { deaf: true }, commands: OVER });
    expect(signal).toBe('SIGKILL');
    expect(machine.file(LOG)).toContain('the agent has not ended in time: killing it');
  });

  test('is not told when it has ended by itself', async () => {
    machine = await readyMachine();
    const before = machine.events();
    await machine.unit('agent', 'ExecStop');
    expect(machine.events()).toEqual(before);
    expect(machine.has(`${RUN}/told-to-stop`)).toBe(false);
  });
});

test.each([
  ['the machine was told to stop', 'stopping', undefined],
  ['', 'running', undefined],
  ['AWS took the spot machine back', 'stopping', 'AWS took the spot machine back'],
])('the reason is kept: "%s" of a machine that is %s', async (kept, state, before) => {
  machine = await readyMachine({ commands: { systemctl: `echo ${state}`, ...WAITS } });
  const { pid } = await startProcess();
  if (before !== undefined) machine.write(`${RUN}/told-to-stop`, before);
  await machine.unit('agent', 'ExecStop', { mainPid: pid });
  expect(machine.file(`${RUN}/told-to-stop`)).toBe(kept);
  expect(among(machine.events(), ['curl'])).toEqual([]);
});
