import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { among } from './events.ts';
import { lastWord, LOG, type Machine, type ServiceEnd } from './machine.ts';
import { killProcesses, startProcess } from './processes.ts';
import { NOW, readyMachine, RUN, type ReadyOptions } from './ready.ts';

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
  if (task !== undefined) machine.write(`${RUN}/task`, `${task} ${NOW - 15_000}\n`);
  if (stopIn !== undefined) machine.write(`${RUN}/stop-in`, String(stopIn));
  await machine.unit('agent', 'ExecStop', { mainPid: pid });
  const waits = machine
    .events()
    .flatMap((event) => /^timeout (\d+) tail --pid=(\d+)/.exec(event)?.slice(1) ?? [])
    .map(Number);
  return { signal: await ended, waits, pid };
}

/** So many seconds, of which a busy machine has lost a few meanwhile. */
const about = (seconds: number) => ({
  asymmetricMatch: (other: unknown) =>
    typeof other === 'number' && other <= seconds && other > seconds - 10,
});

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
    expect(waits).toEqual([about(120), pid]);
  });

  test('is told at once, with a task too, when it knows a signal to end after it', async () => {
    const agent = {
      source: 'gitlab',
      url: 'https://gitlab.example.com',
      executor: 'docker',
    } as const;
    const { signal, waits, pid } = await drain({
      task: process.pid,
      userData: { agent },
      commands: WAITS,
    });
    expect(signal).toBe('SIGQUIT');
    expect(waits).toEqual([about(90), pid]);
  });

  test('is told once its task has ended, which has all the time but half a minute', async () => {
    const task = await startProcess();
    const { signal, waits, pid } = await drain({ task: task.pid, commands: waitsFor(task.pid) });
    expect(signal).toBe('SIGTERM');
    expect(waits).toEqual([about(90), task.pid, about(120), pid]);
    expect(machine.file(LOG)).toMatch(/a task is running: it has 1[12]\d s/);
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
    expect(waits).toEqual([about(forTask), process.pid, about(all), pid]);
  });

  test('is told at once when its task has no time any more: it hands it back', async () => {
    const { signal, waits, pid } = await drain({
      task: process.pid,
      stopIn: 25,
      commands: WAITS,
    });
    expect(signal).toBe('SIGTERM');
    expect(waits).toEqual([about(25), pid]);
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

const TIMEOUT: ServiceEnd = { SERVICE_RESULT: 'timeout' };
const STOPPED: ServiceEnd = { SERVICE_RESULT: 'success' };
const SPOT = 'AWS took the spot machine back';
const LIMIT = 'the agent was still there 20 s after its start, its limit';

describe.each<[string, string, ServiceEnd, string | undefined, string, string]>([
  ['by a power-off', 'stopping', STOPPED, undefined, 'interrupted', 'the machine was told to stop'],
  ['by hand', 'running', STOPPED, undefined, 'interrupted', 'the agent was stopped by hand'],
  // What else failed on the machine changes nothing.
  ['by hand', 'degraded', STOPPED, undefined, 'interrupted', 'the agent was stopped by hand'],
  ['by a notice', 'running', STOPPED, SPOT, 'interrupted', SPOT],
  ['by a notice before a power-off', 'stopping', STOPPED, SPOT, 'interrupted', SPOT],
  ['at its limit', 'running', TIMEOUT, undefined, 'expired', LIMIT],
  ['at its limit and by a notice', 'running', TIMEOUT, SPOT, 'interrupted', SPOT],
])('an agent that is stopped %s', (_, state, ended, before, outcome, reason) => {
  test(`of a machine that is ${state} is reported as ${outcome}, with the reason`, async () => {
    machine = await readyMachine({ commands: { systemctl: `echo ${state}`, ...WAITS } });
    const agent = await startProcess();
    const task = await startProcess();
    // Without time for it, so that nothing waits.
    machine.write(`${RUN}/task`, `${task.pid} ${NOW - 15_000}\n`);
    machine.write(`${RUN}/stop-in`, '5');
    if (before !== undefined) machine.write(`${RUN}/told-to-stop`, before);
    await machine.unit('agent', 'ExecStop', { mainPid: agent.pid, ended });
    expect(await agent.ended).toBe('SIGTERM');
    expect(among(machine.events(), ['curl'])).toEqual([]);
    expect(machine.file(`${RUN}/told-to-stop`)).toBe(outcome === 'expired' ? '' : reason);

    const exit = { EXIT_CODE: 'exited', EXIT_STATUS: '0' };
    await machine.unit('agent', 'ExecStopPost', { ended: { ...ended, ...exit } });
    expect(lastWord(machine)).toMatchObject({ outcome, reason });
  });
});

test('a stop by hand whose agent is killed in the end is still one by hand', async () => {
  await drain({ agent: { deaf: true }, commands: OVER });
  const killed = { SERVICE_RESULT: 'timeout', EXIT_CODE: 'killed', EXIT_STATUS: 'KILL' };
  await machine.unit('agent', 'ExecStopPost', { ended: killed });
  expect(lastWord(machine)).toMatchObject({
    outcome: 'interrupted',
    reason: 'the agent was stopped by hand',
  });
});
