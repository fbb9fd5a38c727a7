/** The way out: an agent that ends badly, and a group that does not answer as it should. */
import { expect } from '@jest/globals';
import { type CaseMore, type CaseOptions, groupCalls, lastWord, machineCase } from './case.ts';
import type { Machine } from './machine.ts';
import { refusal, THROTTLED, UNAVAILABLE } from '../instance-services/reply.ts';
import { userDataOf } from './user-data.ts';

const withScript = (bootScript: string) => () => userDataOf({ bootScript });
const TERMINATE = 'TerminateInstanceInAutoScalingGroup true';
const REPLACE = 'TerminateInstanceInAutoScalingGroup false';

function terminations(machine: Machine): string[] {
  return groupCalls(machine).filter((call) => call.startsWith('Terminate'));
}

/** The task is served, and then leaving the group meets trouble. */
function leaves(
  name: string,
  options: CaseOptions,
  expected: (machine: Machine) => void | Promise<void>,
  { within = 40, meanwhile }: CaseMore = {},
): void {
  machineCase(name, options, async (machine) => {
    machine.queue({ steps: ['true', 'sleep 2'] });
    await meanwhile?.(machine);
    await machine.off(within);
    expect(machine.cloud.results).toEqual(['success']);
    await expected(machine);
  });
}

machineCase(
  'a task that ends before the group has taken the machine into service',
  { group: { proceedMs: 20_000 } },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(40);
    expect(machine.cloud.results).toEqual(['success']);
    // Protection comes with the service, so it is refused, and tried once more beside the end of the machine.
    expect(groupCalls(machine).filter((call) => !call.startsWith('SetInstance'))).toEqual([
      'CompleteLifecycleAction CONTINUE',
      TERMINATE,
    ]);
    expect(lastWord(machine).outcome).toBe('served');
  },
);

leaves(
  "at the group's minimum the machine is replaced",
  { group: { min: 1, desired: 1 } },
  (machine) => {
    expect(terminations(machine)).toEqual([TERMINATE, REPLACE]);
    expect(machine.group.desired).toBe(1);
  },
);

leaves(
  'the termination is throttled for two minutes',
  {
    cloud: {
      fate: (() => {
        let first = 0;
        return ({ what, at }) => {
          if (!what.startsWith('Terminate')) return undefined;
          first ||= at;
          return at - first < 120_000 ? THROTTLED : undefined;
        };
      })(),
    },
  },
  (machine) => {
    expect(new Set(terminations(machine))).toEqual(new Set([TERMINATE]));
    expect(terminations(machine).length).toBeLessThan(25);
    expect(machine.group.decrements).toEqual([2]);
  },
  { within: 200 },
);

leaves(
  'the group is changed by somebody else, which it answers by a 500',
  {
    cloud: {
      fate: ({ what }, nth) =>
        what === TERMINATE && nth < 4
          ? refusal(500, 'ResourceContention', 'You already have a pending update')
          : undefined,
    },
  },
  (machine) => {
    expect(terminations(machine)).toEqual([TERMINATE, TERMINATE, TERMINATE, TERMINATE]);
    expect(machine.group.decrements).toEqual([2]);
  },
);

leaves(
  'the answer to the termination is lost: no second decrement',
  {
    // Only metadata shows what the call has done, and late.
    group: { metadataLagMs: 4_000, powerButtonMs: 60_000 },
    cloud: { fate: ({ what }, nth) => (what === TERMINATE && nth === 1 ? 'lost' : undefined) },
  },
  (machine) => {
    expect(machine.group.decrements).toEqual([2]);
    expect(machine.log).toContain('the group ends this instance already');
  },
);

leaves(
  'the termination has no effect and no answer: it is made again, with decrement',
  {
    cloud: {
      fate: ({ what }, nth) => (what === TERMINATE && nth === 1 ? UNAVAILABLE : undefined),
    },
  },
  (machine) => {
    expect(terminations(machine)).toEqual([TERMINATE, TERMINATE]);
    expect(machine.group.decrements).toEqual([2]);
  },
);

leaves(
  'the answer is lost, and metadata then says nothing: not decremented twice',
  {
    group: { powerButtonMs: 60_000 },
    cloud: {
      fate: ({ what }, nth) =>
        (what === TERMINATE && nth === 1) || (what === REPLACE && nth === 1)
          ? 'lost'
          : what.includes('target-lifecycle-state')
            ? UNAVAILABLE
            : undefined,
    },
  },
  (machine) => {
    expect(terminations(machine)[0]).toBe(TERMINATE);
    expect(new Set(terminations(machine).slice(1))).toEqual(new Set([REPLACE]));
    expect(machine.group.decrements).toEqual([2]);
  },
  { within: 90 },
);

leaves(
  'the endpoints of AWS are gone: the machine gives up after five minutes',
  {},
  (machine) => {
    expect(machine.group.decrements).toEqual([]);
    expect(machine.log).toContain('the group could not be left within 300 s');
  },
  {
    within: 400,
    meanwhile: async (machine) => {
      await machine.cloud.made('task success');
      machine.network.refuse('tls');
    },
  },
);

leaves(
  'the network is gone',
  {},
  (machine) => {
    expect(machine.group.decrements).toEqual([]);
  },
  {
    within: 150,
    meanwhile: async (machine) => {
      await machine.cloud.made('task success');
      machine.network.unplug();
    },
  },
);

leaves(
  'the last word is not answered: leaving does not wait for it',
  { cloud: { fate: ({ what }) => (what === 'PutEvents' ? 'hang' : undefined) } },
  (machine) => {
    expect(machine.group.decrements).toEqual([2]);
  },
  { within: 30 },
);

leaves(
  'the end itself is killed: systemd powers off',
  { cloud: { fate: ({ what }) => (what.startsWith('Terminate') ? 'hang' : undefined) } },
  (machine) => {
    expect(terminations(machine)).toEqual([TERMINATE]);
  },
  {
    meanwhile: async (machine) => {
      await machine.cloud.made('Terminate');
      await machine.run('systemctl kill --signal=KILL runner-scaler-agent.service');
    },
  },
);

leaves(
  'the disk is full',
  {},
  (machine) => {
    expect(machine.group.decrements).toEqual([2]);
    expect(lastWord(machine).outcome).toBe('served');
  },
  {
    meanwhile: async (machine) => {
      await machine.cloud.made('step 0');
      // At once, whatever else the computer does: the task lasts two seconds.
      await machine.run(
        'fallocate -l "$(df --output=avail -B1 / | tail -1)" /full; ' +
          'dd if=/dev/zero of=/full2 bs=1k 2>/dev/null; true',
      );
    },
  },
);

leaves(
  'the root file system becomes read-only',
  {},
  (machine) => {
    expect(machine.group.decrements).toEqual([2]);
    expect(lastWord(machine).outcome).toBe('served');
  },
  {
    meanwhile: async (machine) => {
      await machine.cloud.made('step 0');
      await machine.run('mount -o remount,ro / && ! touch /written 2>/dev/null');
    },
  },
);

/** The agent ends without a task that it has brought to its end. */
function agentFails(name: string, options: CaseOptions, reason: RegExp, within = 40): void {
  machineCase(name, options, async (machine) => {
    machine.queue({ steps: ['true', 'sleep 30'] });
    await machine.off(within);
    expect(terminations(machine)).toEqual([TERMINATE]);
    expect(machine.group.decrements).toEqual([2]);
    const word = lastWord(machine);
    expect(word.outcome).toBe('agent-failed');
    expect(word.reason).toMatch(reason);
  });
}

agentFails(
  'the agent crashes at once',
  { agentMode: 'crash' },
  /^the agent ended after \d s without a task \(exited, 1\)$/,
);
agentFails(
  'the agent crashes during its task',
  { agentMode: 'crash-in-task' },
  /^the agent ended while its task was running \(killed, KILL\)$/,
);
agentFails(
  'the agent is missing',
  { userData: withScript('rm /usr/local/bin/circleci-runner\n') },
  /^the agent ended after \d s without a task \(exited, 203\)$/,
);
agentFails(
  'the agent is not executable',
  { userData: withScript('chmod -x /usr/local/bin/circleci-runner\n') },
  /^the agent ended after \d s without a task \(exited, 203\)$/,
);

/** Times that a config does not allow, so that a limit is met within the test. */
const SHORT_LIMIT = {
  '/etc/systemd/system/runner-scaler-agent.service.d/test.conf': '[Service]\nRuntimeMaxSec=8\n',
};

machineCase(
  'the agent hangs after its task',
  {
    agentMode: 'hang',
    files: SHORT_LIMIT,
    userData: () => userDataOf({ drainTimeoutMinutes: 1 }),
  },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(110);
    expect(machine.cloud.results).toEqual(['success']);
    expect(terminations(machine)).toEqual([TERMINATE]);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'expired',
      reason: expect.stringMatching(/^the agent was still there \d+ s after its start, its limit$/),
    });
  },
);

machineCase(
  'the agent hangs and hears no signal',
  { agentMode: 'deaf', files: SHORT_LIMIT, userData: () => userDataOf({ drainTimeoutMinutes: 1 }) },
  async (machine) => {
    await machine.off(110);
    expect(terminations(machine)).toEqual([TERMINATE]);
    expect(lastWord(machine).outcome).toBe('expired');
  },
);

machineCase(
  'the lifetime limit ends what nothing else has',
  {
    agentMode: 'deaf',
    files: {
      '/etc/systemd/system/runner-scaler-lifetime-limit.timer.d/test.conf':
        '[Timer]\nOnActiveSec=\nOnActiveSec=10\n',
    },
    userData: () => userDataOf({ drainTimeoutMinutes: 1 }),
  },
  async (machine) => {
    await machine.off(110);
    expect(terminations(machine)).toEqual([TERMINATE]);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'expired',
      reason: expect.stringMatching(/^the machine lived longer than \d+ s$/),
    });
  },
);
