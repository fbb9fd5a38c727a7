/** A machine that is told to stop: by its power button, its group, AWS, a reboot. */
import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupCalls, lastWord, machineCase } from './case.ts';
import type { Machine } from './machine.ts';
import { THROTTLED } from '../instance-services/reply.ts';
import { userDataOf } from './user-data.ts';

const shortDrain = (retryInterruptedTasks: boolean) => () =>
  userDataOf({ drainTimeoutMinutes: 1, retryInterruptedTasks });
const spot = () => userDataOf({ purchase: 'spot', instanceTypes: ['m7i.large'] });

function terminations(machine: Machine): string[] {
  return groupCalls(machine).filter((call) => call.startsWith('Terminate'));
}

async function agentRuns(machine: Machine): Promise<void> {
  await machine.run('until [[ -e /run/runner-scaler/booted ]]; do sleep 0.1; done');
}

machineCase('the power button, without a task', {}, async (machine) => {
  await machine.cloud.made('CompleteLifecycleAction');
  await agentRuns(machine);
  await sleep(1_500);
  await machine.pressPowerButton();
  await machine.off(20);
  expect(machine.group.decrements).toEqual([2]);
  expect(lastWord(machine)).toMatchObject({
    outcome: 'interrupted',
    reason: 'the machine was told to stop',
  });
});

machineCase('the power button during a task: the task finishes', {}, async (machine) => {
  machine.queue({ steps: ['true', 'sleep 8', 'echo finished'] });
  await machine.cloud.made('step 0');
  await machine.pressPowerButton();
  await machine.off(40);
  expect(machine.cloud.results).toEqual(['success']);
  expect(machine.cloud.output.at(-1)).toBe('finished\n');
  expect(machine.group.decrements).toEqual([2]);
  expect(lastWord(machine).outcome).toBe('interrupted');
});

machineCase('the power button while the agent cleans up after its task', {}, async (machine) => {
  machine.queue({ steps: ['true'], cleanUpSeconds: 4 });
  await machine.cloud.made('step 0');
  await sleep(1_500);
  await machine.pressPowerButton();
  await machine.off(40);
  expect(machine.cloud.results).toEqual(['success']);
  expect(machine.group.decrements).toEqual([2]);
});

machineCase(
  'the power button during a long task that may be repeated: it is handed back in time',
  { userData: shortDrain(true) },
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 500'] });
    await machine.cloud.made('step 0');
    const from = Date.now();
    await machine.pressPowerButton();
    await machine.off(75);
    expect(Date.now() - from).toBeLessThan(60_000);
    expect(machine.cloud.results).toEqual(['unclaimed']);
    expect(machine.group.decrements).toEqual([2]);
  },
);

machineCase(
  'the power button during a long task that may not: it is cut off at the limit, and the group is left',
  { userData: shortDrain(false) },
  async (machine) => {
    machine.queue({ steps: ['true', "trap '' TERM; sleep 500"] });
    await machine.cloud.made('step 0');
    await machine.pressPowerButton();
    await machine.off(90);
    expect(machine.cloud.results).toEqual([]);
    expect(machine.group.decrements).toEqual([2]);
    expect(machine.log).toContain('the agent has not ended in time: killing it');
  },
);

machineCase('the group ends the machine during its task, which finishes', {}, async (machine) => {
  machine.queue({ steps: ['true', 'sleep 8'] });
  await machine.cloud.made('step 0');
  machine.group.end();
  await machine.off(40);
  expect(machine.cloud.results).toEqual(['success']);
  expect(terminations(machine)).toEqual([]);
  expect(machine.log).toContain('the group ends this instance already');
  expect(machine.group.decrements).toEqual([]);
});

machineCase(
  'the group ends the machine as soon as it gives up its protection, and its agent still reports its task',
  {},
  async (machine) => {
    machine.queue({ steps: ['true'], cleanUpSeconds: 8 });
    await machine.cloud.made('SetInstanceProtection');
    machine.group.end();
    await machine.off(40);
    expect(machine.cloud.results).toEqual(['success']);
    expect(machine.group.decrements).toEqual([]);
    expect(lastWord(machine).outcome).toMatch(/^(served|interrupted)$/);
  },
);

machineCase('the group ends the machine while it drains', {}, async (machine) => {
  machine.queue({ steps: ['true', 'sleep 8'] });
  await machine.cloud.made('step 0');
  await machine.pressPowerButton();
  await sleep(3_000);
  machine.group.end();
  await machine.off(40);
  expect(machine.cloud.results).toEqual(['success']);
  expect(machine.group.decrements).toEqual([]);
});

machineCase(
  'the power button while the way out is throttled',
  {
    cloud: {
      fate: ({ what }, nth) => (what.startsWith('Terminate') && nth < 6 ? THROTTLED : undefined),
    },
  },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.cloud.made('Terminate', 2);
    await machine.pressPowerButton();
    await machine.off(90);
    expect(machine.group.decrements).toEqual([2]);
  },
);

machineCase(
  'a reboot during a task: it finishes, one decrement, and no agent after it',
  {},
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 5'] }, { steps: ['echo second'] });
    await machine.cloud.made('step 0');
    await machine.run('systemctl --no-block reboot');
    await machine.off(90);
    expect(machine.cloud.results).toEqual(['success']);
    expect(machine.group.decrements).toEqual([2]);
    expect(machine.cloud.count('claim task')).toBe(1);
    expect(machine.reboots).toBe(1);
  },
);

machineCase(
  'a reboot at once during a task: one decrement',
  { group: { powerButtonMs: 60_000 } },
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 60'] });
    await machine.cloud.made('step 0');
    await machine.run('systemctl reboot --force --force').catch(() => undefined);
    await machine.off(60);
    expect(machine.group.decrements).toEqual([2]);
    expect(machine.reboots).toBe(1);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'interrupted',
      reason: 'the machine was rebooted',
    });
  },
);

machineCase(
  'a reboot between the decrement and its answer: no second decrement',
  {
    group: { powerButtonMs: 90_000, metadataLagMs: 4_000 },
    cloud: {
      fate: ({ what }, nth) => (what.startsWith('Terminate') && nth === 1 ? 'lost' : undefined),
    },
  },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.cloud.made('Terminate');
    await machine.run('systemctl reboot --force --force').catch(() => undefined);
    await machine.off(90);
    expect(machine.group.decrements).toEqual([2]);
  },
);

machineCase(
  'spot: a notice without a task',
  { userData: spot, cloud: { lifeCycle: 'spot' } },
  async (machine) => {
    await machine.cloud.made('CompleteLifecycleAction');
    await agentRuns(machine);
    notice(machine);
    await machine.off(30);
    expect(machine.group.decrements).toEqual([2]);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'interrupted',
      reason: 'AWS took the spot machine back',
    });
  },
);

machineCase(
  'spot: a notice during a task that ends in time',
  { userData: spot, cloud: { lifeCycle: 'spot' } },
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 40'] });
    await machine.cloud.made('step 0');
    notice(machine);
    await machine.off(80);
    expect(machine.cloud.results).toEqual(['success']);
    expect(machine.group.decrements).toEqual([2]);
  },
);

machineCase(
  'spot: a notice during a longer task, which is handed back before the power is cut',
  { userData: spot, cloud: { lifeCycle: 'spot' } },
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 500'] });
    await machine.cloud.made('step 0');
    const from = Date.now();
    notice(machine);
    await machine.off(120);
    expect(Date.now() - from).toBeGreaterThan(60_000);
    expect(machine.cloud.results).toEqual(['unclaimed']);
    expect(machine.group.decrements).toEqual([2]);
  },
);

machineCase(
  'spot: a rebalance recommendation is ignored while a task runs',
  { userData: spot, cloud: { lifeCycle: 'spot' } },
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 45'] });
    await machine.cloud.made('step 0');
    machine.cloud.metadata.set(
      'events/recommendations/rebalance',
      '{"noticeTime":"2026-01-01T00:00:00Z"}',
    );
    await machine.off(80);
    expect(machine.cloud.results).toEqual(['success']);
    expect(lastWord(machine).outcome).toBe('served');
  },
);

machineCase(
  'spot: a rebalance recommendation ends a machine that stays without a task',
  { userData: spot, cloud: { lifeCycle: 'spot' } },
  async (machine) => {
    machine.cloud.metadata.set(
      'events/recommendations/rebalance',
      '{"noticeTime":"2026-01-01T00:00:00Z"}',
    );
    await machine.off(70);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'interrupted',
      reason: 'AWS may take the spot machine back soon, and it had no task',
    });
  },
);

/** AWS cuts the power two minutes after its notice. */
function notice(machine: Machine): void {
  const at = new Date(Date.now() + 120_000);
  machine.cloud.metadata.set(
    'spot/instance-action',
    JSON.stringify({ action: 'terminate', time: `${at.toISOString().slice(0, 19)}Z` }),
  );
}
