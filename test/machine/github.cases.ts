/** The life of a machine whose agent is GitHub's runner. */
import { expect } from '@jest/globals';
import { groupCalls, lastWord, SERVED } from './case.ts';
import { gitHubCase, HOME, METADATA } from './github-case.ts';
import { RUNNER_TOKEN_STEM } from './github.ts';
import type { Machine } from './machine.ts';

async function listens(machine: Machine): Promise<void> {
  await machine.cloud.made('github session');
}

function retires(machine: Machine): string[] {
  return machine.cloud.calls
    .map(({ what }) => what)
    .filter((what) => what.startsWith('registrar retire'));
}

/** The signals that the listener ignores: SIGPIPE and SIGXFSZ, which the stand-in's Python itself ignores. */
const LISTENER_SIGNALS =
  "sleep 1; sed -n 's/^SigIgn:.//p' /proc/$(pgrep -f 'Runner.Listener run$' | tail -1)/status";

gitHubCase('one job of two, and the end', {}, async (machine) => {
  machine.queue(
    {
      steps: [
        METADATA,
        'id -un; env',
        'sleep 1; pwd; cat /proc/self/oom_score_adj',
        LISTENER_SIGNALS,
      ],
    },
    { steps: ['echo second'] },
  );
  await machine.off(80);
  const { cloud } = machine;
  expect(cloud.results).toEqual(['Succeeded']);
  expect(cloud.output[0]).toBe('closed 7\n');
  expect(cloud.output[1]).toMatch(/^runner\n/);
  expect(cloud.output[1]).toContain('HOME=/home/runner\n');
  expect(cloud.output[1]).not.toMatch(/JITCONFIG|RUNNER_SCALER|JOURNAL/);
  expect(cloud.output[2]).toBe(`${HOME}/_work\n500\n`);
  expect(cloud.output[3]).toBe('0000000001001000\n');
  expect(cloud.count('claim task')).toBe(1);
  expect(cloud.gitHub.registered).toEqual([{ architecture: 'x64' }]);
  expect(groupCalls(machine)).toEqual(SERVED);
  expect(retires(machine)).toEqual([]);
  const word = lastWord(machine);
  expect(word.outcome).toBe('served');
  expect(word.phases['task']).toBeGreaterThan(0.9);
  expect(cloud.count('GetSecretValue')).toBe(0);
  expect(cloud.events.map(({ DetailType }) => DetailType).sort()).toEqual([
    'Runner Ended',
    'Runner Task Ended',
  ]);
  // The runner keeps what it unpacks beside itself, as the real one does.
  const holders = machine.filesWith(
    [RUNNER_TOKEN_STEM, machine.file('/etc/runner-scaler/jitconfig')],
    ['etc', 'var', 'root', 'home', 'tmp', 'opt', 'run'],
  );
  expect(holders.sort()).toEqual([
    '/etc/runner-scaler/jitconfig',
    `${HOME}/.credentials`,
    `${HOME}/.credentials_rsaparams`,
  ]);
  expect(machine.log).not.toContain('eyJ');
});

gitHubCase('no job comes', {}, async (machine) => {
  await machine.off(80);
  expect(retires(machine)).toEqual(['registrar retire removed']);
  expect(machine.group.decrements).toEqual([2]);
  expect(lastWord(machine)).toMatchObject({ outcome: 'idle' });
  expect(machine.cloud.gitHub.runners).toEqual(['gone']);
});

gitHubCase('a job that fails is served', {}, async (machine) => {
  machine.queue({ steps: ['exit 3'] });
  await machine.off(60);
  expect(machine.cloud.results).toEqual(['Failed']);
  expect(lastWord(machine).outcome).toBe('served');
});

gitHubCase(
  'a job that is shorter than the look at it is served',
  { change: ['    sleep 0.5\n', '    sleep 6\n'] },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(60);
    expect(machine.cloud.results).toEqual(['Succeeded']);
    expect(lastWord(machine)).toMatchObject({ outcome: 'served', reason: 'the task has ended' });
    expect(retires(machine)).toEqual([]);
  },
);

gitHubCase(
  'GitHub says that the runner is busy, or nothing at all: it stays, and then takes a job',
  { more: { idleTimeoutSeconds: 5 } },
  async (machine) => {
    machine.cloud.gitHub.countsAsBusy = true;
    await machine.cloud.made('registrar retire busy');
    machine.cloud.gitHub.countsAsBusy = false;
    machine.cloud.fate = ({ what }) =>
      what.startsWith('registrar retire') ? { status: 502, body: 'bad gateway' } : undefined;
    await machine.cloud.made('registrar retire removed');
    machine.queue({ steps: ['sleep 1'] });
    await machine.off(60);
    expect(machine.cloud.results).toEqual(['Succeeded']);
    expect(lastWord(machine).outcome).toBe('served');
  },
);

gitHubCase(
  'a job arrives after GitHub has deleted the runner: it finishes',
  { more: { idleTimeoutSeconds: 5 } },
  async (machine) => {
    machine.cloud.gitHub.jobUnderWay = true;
    machine.queue({ steps: ['sleep 15', 'echo finished'] });
    await machine.off(80);
    expect(retires(machine)).toEqual(['registrar retire removed']);
    expect(machine.cloud.results).toEqual(['Succeeded']);
    expect(lastWord(machine).outcome).toBe('served');
  },
);

gitHubCase(
  'a job starts between the last look and the signal: it finishes',
  {
    more: { idleTimeoutSeconds: 5 },
    change: ['kill -STOP "$agent"\n', ': >"$RUN_DIR/last-look"; sleep 5; kill -STOP "$agent"\n'],
  },
  async (machine) => {
    machine.cloud.gitHub.jobUnderWay = true;
    await machine.cloud.made('registrar retire removed');
    await machine.run('until [[ -e /run/runner-scaler/last-look ]]; do sleep 0.1; done');
    machine.queue({ steps: ['sleep 8', 'echo finished'] });
    await machine.off(80);
    expect(machine.cloud.results).toEqual(['Succeeded']);
    expect(machine.cloud.output).toContain('finished\n');
    expect(lastWord(machine).outcome).toBe('served');
  },
);

gitHubCase('the power button, without a job', {}, async (machine) => {
  await listens(machine);
  await machine.run('until [[ -e /run/runner-scaler/booted ]]; do sleep 0.1; done');
  await machine.pressPowerButton();
  await machine.off(60);
  expect(retires(machine)).toEqual(['registrar retire removed']);
  expect(machine.group.decrements).toEqual([2]);
  expect(lastWord(machine)).toMatchObject({
    outcome: 'interrupted',
    reason: 'the machine was told to stop',
  });
});

gitHubCase('the power button during a job: the job finishes', {}, async (machine) => {
  machine.queue({ steps: ['true', 'sleep 8', 'echo finished'] });
  await machine.cloud.made('step 0');
  await machine.pressPowerButton();
  await machine.off(60);
  expect(machine.cloud.results).toEqual(['Succeeded']);
  expect(machine.cloud.output.at(-1)).toBe('finished\n');
  expect(retires(machine)).toEqual([]);
  expect(lastWord(machine).outcome).toBe('interrupted');
});

gitHubCase(
  'the power button during a long job, which is lost and not reported as cancelled',
  { more: { drainTimeoutSeconds: 35 } },
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 500'] });
    await machine.cloud.made('step 0');
    await machine.pressPowerButton();
    await machine.off(90);
    expect(machine.cloud.results).toEqual([]);
    expect(machine.cloud.count('step 1')).toBe(0);
    expect(machine.group.decrements).toEqual([2]);
    expect(lastWord(machine).outcome).toBe('interrupted');
  },
);

const SPOT = {
  more: { watchInterruption: true, drainTimeoutSeconds: 120 },
  cloud: { lifeCycle: 'spot' },
} as const;

function giveNotice(machine: Machine, seconds = 120): void {
  const at = new Date(Date.now() + seconds * 1000);
  machine.cloud.metadata.set(
    'spot/instance-action',
    JSON.stringify({ action: 'terminate', time: `${at.toISOString().slice(0, 19)}Z` }),
  );
}

gitHubCase('spot: a notice during a job that ends in time', SPOT, async (machine) => {
  machine.queue({ steps: ['true', 'sleep 20'] });
  await machine.cloud.made('step 0');
  giveNotice(machine);
  await machine.off(80);
  expect(machine.cloud.results).toEqual(['Succeeded']);
  expect(lastWord(machine)).toMatchObject({
    outcome: 'interrupted',
    reason: 'AWS took the spot machine back',
  });
});

gitHubCase('spot: a notice without a job', SPOT, async (machine) => {
  await listens(machine);
  giveNotice(machine);
  await machine.off(60);
  expect(retires(machine)).toEqual(['registrar retire removed']);
  expect(lastWord(machine).outcome).toBe('interrupted');
});

gitHubCase(
  'a job takes longer than it may: GitHub hears that it is cancelled',
  { more: { maxRunTimeSeconds: 5 } },
  async (machine) => {
    machine.queue({ steps: ['sleep 500'] });
    await machine.off(60);
    expect(machine.cloud.results).toEqual(['Canceled']);
    expect(lastWord(machine).outcome).toBe('served');
  },
);

gitHubCase('a reboot during a job', {}, async (machine) => {
  machine.queue({ steps: ['true', 'sleep 500'] });
  await machine.cloud.made('step 0');
  await machine.run('systemctl --force --force reboot').catch(() => '');
  await machine.off(60);
  expect(machine.reboots).toBe(1);
  expect(machine.cloud.results).toEqual([]);
  expect(machine.group.decrements).toEqual([2]);
  expect(lastWord(machine)).toMatchObject({
    outcome: 'interrupted',
    reason: 'the machine was rebooted',
  });
});

gitHubCase(
  'GitHub no longer serves this version',
  { files: { '/etc/agent-mode.json': '{"exit":[7]}' } },
  async (machine) => {
    await machine.off(60);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'agent-failed',
      reason:
        'GitHub serves this version of the runner no longer (exit code 7); pin no version, or a newer one',
    });
  },
);

gitHubCase(
  'the runner asks twice to be started again',
  { files: { '/etc/agent-mode.json': '{"exit":[2,6]}' } },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(80);
    expect(machine.cloud.results).toEqual(['Succeeded']);
    expect(lastWord(machine).outcome).toBe('served');
  },
);

for (const [exit, reason] of [
  [1, /^the agent ended after \d+ s without a task \(exited, 1\)$/],
  [3, /^the agent ended after \d+ s without a task \(exited, 3\)$/],
  [5, /^GitHub has another session of this runner \(exit code 5\)$/],
] as const) {
  gitHubCase(
    `the runner ends with code ${exit}`,
    { files: { '/etc/agent-mode.json': `{"exit":[${exit}]}` } },
    async (machine) => {
      await machine.off(60);
      const word = lastWord(machine);
      expect(word.outcome).toBe('agent-failed');
      expect(word.reason).toMatch(reason);
      expect(machine.group.decrements).toEqual([2]);
    },
  );
}

gitHubCase(
  'the runner is killed during its job',
  { agentMode: 'crash-in-task' },
  async (machine) => {
    machine.queue({ steps: ['sleep 60'] });
    await machine.off(60);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'agent-failed',
      reason: 'the agent ended while its task was running (exited, 137)',
    });
    expect(machine.cloud.results).toEqual([]);
  },
);

gitHubCase('the runner does not end when it is told', { agentMode: 'deaf' }, async (machine) => {
  machine.cloud.gitHub.jobUnderWay = true;
  await machine.off(110);
  expect(lastWord(machine).outcome).toBe('idle');
});

const HOSTILE = [
  // What a job can read of its own runner: good for this one job, and gone with it.
  `cat ${HOME}/.credentials >/dev/null && echo mine`,
  "tr '\\0' '\\n' </proc/$(pgrep -f 'Runner.Listener run$' | tail -1)/environ | grep -c ^ACTIONS_RUNNER_INPUT_JITCONFIG=",
  'env | grep -c ^ACTIONS_RUNNER_INPUT_JITCONFIG= || :',
  // What it cannot.
  'cat /etc/runner-scaler/jitconfig 2>&1 || :',
  METADATA,
  'pkill -KILL -f run-agent 2>/dev/null || echo "not allowed"',
  'systemctl stop runner-scaler-agent 2>/dev/null || echo "not allowed"',
  `{ echo evil >${HOME}/bin/Runner.Worker || mv ${HOME}/bin ${HOME}/old; } 2>/dev/null || echo "not allowed"`,
  // Processes of that name, and of that program, outlive the job and are not taken for it.
  `cp /bin/sleep /tmp/Runner.Worker; setsid /tmp/Runner.Worker 500 >/dev/null 2>&1 &
   setsid ${HOME}/bin/Runner.Worker -c 'sleep 500; :' >/dev/null 2>&1 & sleep 1`,
];

gitHubCase('a hostile job', {}, async (machine) => {
  machine.queue({ steps: HOSTILE });
  await machine.off(80);
  const { output, results } = machine.cloud;
  expect(results).toEqual(['Succeeded']);
  expect(output).toEqual([
    'mine\n',
    '1\n',
    '0\n',
    'cat: /etc/runner-scaler/jitconfig: Permission denied\n',
    'closed 7\n',
    'not allowed\n',
    'not allowed\n',
    'not allowed\n',
    '',
  ]);
  expect(groupCalls(machine)).toEqual(SERVED);
  expect(lastWord(machine).outcome).toBe('served');
});

gitHubCase('the watch of the runner is killed during a job: the job ends', {}, async (machine) => {
  machine.queue({ steps: ['true', 'sleep 100'] });
  await machine.cloud.made('step 0');
  await machine.run('until [[ -e /run/runner-scaler/task ]]; do sleep 0.1; done');
  await machine
    .run('systemctl kill --kill-who=main --signal=KILL runner-scaler-agent')
    .catch(() => '');
  await machine.off(40);
  expect(machine.cloud.results).toEqual([]);
  expect(lastWord(machine)).toMatchObject({
    outcome: 'agent-failed',
    reason: 'the agent ended while its task was running (killed, KILL)',
  });
});

gitHubCase(
  'the runner hangs after its job',
  { agentMode: 'hang', change: ['\nCLEAN_UP_SECONDS=300\n', '\nCLEAN_UP_SECONDS=5\n'] },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(80);
    expect(machine.cloud.results).toEqual(['Succeeded']);
    expect(machine.log).toContain('ending the runner: it has not ended after its job');
    expect(lastWord(machine).outcome).toBe('served');
  },
);
