import { expect } from '@jest/globals';
import { groupCalls, lastWord, machineCase } from './case.ts';

machineCase('one task is served', {}, async (machine) => {
  machine.queue({ steps: ['id -un; echo "$CIRCLECI_SECRET"; pwd; cat /proc/self/cgroup'] });
  await machine.off(40);
  expect(machine.cloud.results).toEqual(['success']);
  expect(machine.cloud.output[0]).toMatch(/^circleci\n\n\/home\/circleci\n/);
  expect(groupCalls(machine)).toEqual([
    'CompleteLifecycleAction CONTINUE',
    'SetInstanceProtection false',
    'TerminateInstanceInAutoScalingGroup true',
  ]);
  expect(machine.group.desired).toBe(0);
  expect(lastWord(machine)).toMatchObject({ outcome: 'served', reason: 'the task has ended' });
});
