/** What machines do on a good day: a task served, failed, cancelled; none at all. */
import { expect } from '@jest/globals';
import { groupCalls, lastWord, machineCase, SERVED } from './case.ts';
import { INSTANCE_ID, RUNNER_TOKEN } from '../instance-services/names.ts';
import { userDataOf } from './user-data.ts';

machineCase('a task is served', {}, async (machine) => {
  machine.queue({
    steps: ['true', 'sleep 2', 'echo "$HOME $USER $SHELL $PWD"'],
    cleanUpSeconds: 2,
  });
  await machine.off(30);
  expect(machine.cloud.results).toEqual(['success']);
  expect(machine.cloud.output[2]).toMatch(
    /^\/home\/circleci circleci \/bin\/bash \/home\/circleci\n/,
  );
  expect(groupCalls(machine)).toEqual(SERVED);
  expect(machine.group.desired).toBe(2);
  const { outcome, reason, phases } = lastWord(machine);
  expect([outcome, reason]).toEqual(['served', 'the task has ended']);
  expect(Object.keys(phases)).toEqual(
    expect.arrayContaining([
      'kernel',
      'prepare',
      'token',
      'agent',
      'ready',
      'boot',
      'wait',
      'task',
      'life',
    ]),
  );
  expect(phases['task']).toBeGreaterThan(2);
  expect(machine.cloud.events.map(({ DetailType, Source }) => [DetailType, Source])).toEqual([
    ['Runner Task Ended', expect.any(String)],
    ['Runner Ended', expect.any(String)],
  ]);
  expect(JSON.parse(machine.cloud.events[0]?.Detail ?? '')).toEqual({ 'instance-id': INSTANCE_ID });
});

machineCase('a task that fails is served too', {}, async (machine) => {
  machine.queue({ steps: ['exit 3'] });
  await machine.off(30);
  expect(machine.cloud.calls.map(({ what }) => what)).toContain('step 0 3');
  expect(machine.cloud.results).toEqual(['failed']);
  expect(lastWord(machine).outcome).toBe('served');
  expect(machine.group.desired).toBe(2);
});

machineCase('a task that its agent cancels ends by the signal it was sent', {}, async (machine) => {
  machine.queue({ steps: ['echo begun', 'sleep 300'] });
  await machine.cloud.made('step 0');
  // As the agent does: to the process it started, which the task has become.
  await machine.run('kill -TERM "$(cut -d" " -f1 /run/runner-scaler/task)"');
  await machine.off(20);
  expect(machine.cloud.results).toEqual(['failed']);
  expect(machine.journal('--unit=runner-scaler-agent')).not.toContain('exec format');
  expect(lastWord(machine).outcome).toBe('served');
});

machineCase('no task comes', {}, async (machine) => {
  await machine.off(150);
  expect(groupCalls(machine)).toEqual([
    'CompleteLifecycleAction CONTINUE',
    'TerminateInstanceInAutoScalingGroup true',
  ]);
  const { outcome, reason } = lastWord(machine);
  expect(outcome).toBe('idle');
  expect(reason).toMatch(/^no task came within 12\d s$/);
});

machineCase('the agent is downloaded', { agentOnImage: false }, async (machine) => {
  machine.queue({ steps: ['true'] });
  await machine.off(30);
  expect(machine.cloud.results).toEqual(['success']);
  expect(machine.cloud.count('download')).toBe(2);
});

machineCase(
  'settings hold quotes, line breaks and dollars',
  {
    userData: () =>
      userDataOf({
        bootScript: `cat >/boot-script-said <<'SAID'\nit's "quoted" $HOME \${HOME} \\ and\ttabbed\n# no comment\nSAID\n`,
      }),
  },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(30);
    expect(machine.cloud.results).toEqual(['success']);
    expect(machine.file('/boot-script-said')).toBe(
      `it's "quoted" $HOME \${HOME} \\ and\ttabbed\n# no comment\n`,
    );
  },
);

machineCase(
  'the variables of /etc/environment and of the login shell reach the task, those of the agent do not',
  {
    files: {
      '/etc/environment':
        'PATH="/opt/tools/bin:/usr/local/bin:/usr/bin:/bin"\nJAVA_HOME=/opt/java\nexport QUOTED=\'two words\'\n# no\nnot a variable\n',
      '/etc/profile.d/tests.sh': 'export OF_PROFILE=yes\n',
    },
  },
  async (machine) => {
    machine.queue({ steps: ['echo "$JAVA_HOME|$QUOTED|$OF_PROFILE|$CIRCLECI_SECRET|$PATH"'] });
    await machine.off(30);
    expect(machine.cloud.output[0]).toMatch(/^\/opt\/java\|two words\|yes\|\|/);
  },
);

machineCase(
  'the logs are sent before the power goes off',
  { userData: () => userDataOf({ machineLogs: true }) },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(30);
    const sent = machine.cloud.logEvents.map(({ message }) => message).join('\n');
    expect(sent).toContain('the machine is ready');
    expect(sent).toContain('the task has ended: success');
    expect(sent).not.toContain(RUNNER_TOKEN);
    const calls = machine.cloud.calls.map(({ what }) => what);
    expect(calls.indexOf('PutLogEvents')).toBeGreaterThan(
      calls.indexOf('TerminateInstanceInAutoScalingGroup true'),
    );
  },
);

machineCase(
  'is kept for an operator, out of its group, and ended by a limit',
  {},
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 6'] });
    await machine.cloud.made('step 0');
    // The group lets go of a machine only once it is in service.
    await machine.run(
      'until [[ -e /run/runner-scaler/booted ]]; do sleep 0.1; done; sleep 1.5; /usr/local/lib/runner-scaler/runner keep 1',
    );
    await machine.cloud.made('task success');
    await machine.run(
      'until grep -q "is kept until" /var/log/runner-scaler.log; do sleep 0.2; done; sleep 3; systemctl is-active dbus',
    );
    await machine.off(90);
    expect(groupCalls(machine).filter((call) => !call.startsWith('SetInstance'))).toEqual([
      'CompleteLifecycleAction CONTINUE',
      'DetachInstances true',
      // Refused: the group does not know it any more.
      'TerminateInstanceInAutoScalingGroup true',
    ]);
    expect(machine.group.decrements).toEqual([2]);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'expired',
      reason: 'the machine was kept for 1 minutes',
    });
  },
);

machineCase(
  'a wrong number of minutes to keep, and an unknown command, are refused',
  {},
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 3'] });
    await machine.cloud.made('step 0');
    const said = await machine.run(
      'for words in "keep 0" "keep x" "keep 9999" "stop" ""; do /usr/local/lib/runner-scaler/runner $words && echo "accepted $words"; done; true',
    );
    expect(said).not.toContain('accepted keep');
    expect(said).toContain(
      'error: the minutes to keep this machine are "9999"; allowed: a whole number from 1 to 1440',
    );
    expect(said).toContain('unknown command "stop"; allowed: end [REASON], keep [MINUTES]');
    await machine.off(30);
    expect(lastWord(machine).outcome).toBe('served');
  },
);
