/** A machine whose agent is GitLab's. The executor `docker` runs with a stand-in for Docker. */
import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GitLabFleetConfig } from '../../config/gitlab-config.ts';
import { type CaseOptions, groupCalls, lastWord, machineCase, SERVED } from './case.ts';
import { DOCKER } from './docker.ts';
import { GITLAB_TOKEN } from './gitlab.ts';
import type { Machine } from './machine.ts';
import { gitLabUserDataOf } from './user-data.ts';

type Executor = 'docker' | 'shell';
const EXECUTORS = ['docker', 'shell'] as const;

const SYSTEM_ID = 'r_56789abcdef0';

interface GitLabCase extends CaseOptions {
  readonly fleet?: Partial<GitLabFleetConfig>;
  readonly secretString?: string;
}

function gitLabCase(
  executor: Executor,
  name: string,
  { fleet, secretString = GITLAB_TOKEN, ...options }: GitLabCase,
  story: (machine: Machine) => Promise<void>,
): void {
  machineCase(
    `GitLab, ${executor}: ${name}`,
    {
      agent: 'gitlab-runner',
      userData: () => gitLabUserDataOf({ executor, ...fleet }),
      ...options,
      cloud: { ...options.cloud, secretString },
      files: { ...(executor === 'docker' && DOCKER), ...options.files },
    },
    async (machine) => {
      // As Docker does.
      machine.network.forward();
      await story(machine);
    },
  );
}

async function agentRuns(machine: Machine): Promise<void> {
  await machine.cloud.made('CompleteLifecycleAction');
  await machine.run('until [[ -e /run/runner-scaler/booted ]]; do sleep 0.1; done');
  await sleep(2_000);
}

const METADATA =
  'curl -s -o /dev/null -m 3 -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token || echo closed $?';

const WAY_OUT = "sleep 1; curl -s -k -o /dev/null -w '%{http_code}' https://10.77.0.1/";

for (const executor of EXECUTORS) {
  gitLabCase(executor, 'one job of two, and the end', { agentOnImage: false }, async (machine) => {
    machine.queue({ steps: [METADATA, 'id -un; env', WAY_OUT] }, { steps: ['echo second'] });
    await machine.off(60);
    expect(machine.cloud.results).toEqual(['success']);
    expect(machine.cloud.output[0]).toBe('closed 7\n');
    expect(machine.cloud.output[1]).not.toContain('glrt-');
    expect(machine.cloud.output[2]).toMatch(/^[2345]\d\d$/);
    if (executor === 'shell') {
      expect(machine.cloud.output[1]).toMatch(/^gitlab-runner\n/);
      expect(machine.cloud.output[1]).not.toMatch(/RUNNER_NAME|runner-scaler/);
    }
    expect(machine.cloud.count('claim task')).toBe(1);
    expect(machine.cloud.count('gitlab verify')).toBe(1);
    if (executor === 'shell') {
      expect(groupCalls(machine)).toEqual(SERVED);
    } else {
      // With docker the agent ends 0.1 s after its job, so the word of the job's end and that of the machine's race.
      expect(groupCalls(machine).filter((call) => !call.startsWith('SetInstance'))).toEqual(
        SERVED.filter((call) => !call.startsWith('SetInstance')),
      );
      expect(groupCalls(machine)).toContain('SetInstanceProtection false');
    }
    expect(lastWord(machine).outcome).toBe('served');
    expect(lastWord(machine).phases['task']).toBeGreaterThan(0.5);
    expect(machine.cloud.count('gitlab forget manager')).toBe(1);
    expect([...machine.cloud.gitLab.managers]).toEqual([]);
    expect(machine.file('/etc/runner-scaler/.runner_system_id')).toBe(SYSTEM_ID);
    const holders = machine.filesWith([GITLAB_TOKEN], ['etc', 'var', 'root', 'home', 'tmp']);
    expect(holders).toEqual(['/etc/runner-scaler/agent.toml']);
  });

  gitLabCase(executor, 'a job that fails is served', {}, async (machine) => {
    machine.queue({ steps: ['exit 3'] });
    await machine.off(60);
    expect(machine.cloud.results).toEqual(['script_failure']);
    expect(lastWord(machine).outcome).toBe('served');
  });

  gitLabCase(executor, 'no job comes', {}, async (machine) => {
    await machine.off(190);
    expect(machine.group.decrements).toEqual([2]);
    expect(lastWord(machine).outcome).toBe('idle');
  });

  gitLabCase(
    executor,
    'a token that GitLab refuses',
    { secretString: 'glrt-another' },
    async (machine) => {
      await machine.off(40);
      expect(machine.cloud.count('gitlab 403 POST runners/verify')).toBe(1);
      expect(groupCalls(machine)).toEqual(['CompleteLifecycleAction ABANDON']);
      expect(lastWord(machine)).toMatchObject({
        outcome: 'boot-failed',
        reason: expect.stringMatching(
          /^GitLab at https:\/\/gitlab\.example\.com refuses the runner token of the secret runner-scaler\//,
        ),
      });
    },
  );

  gitLabCase(executor, 'the power button, without a job', {}, async (machine) => {
    await agentRuns(machine);
    await machine.pressPowerButton();
    await machine.off(40);
    expect(machine.journal()).toContain('Requested quit, waiting for builds to finish');
    expect(machine.group.decrements).toEqual([2]);
    expect(lastWord(machine).outcome).toBe('interrupted');
  });

  gitLabCase(executor, 'the power button during a job: the job finishes', {}, async (machine) => {
    machine.queue({ steps: ['true', 'sleep 8', 'echo finished'] }, { steps: ['echo second'] });
    await machine.cloud.made('step 0');
    await machine.pressPowerButton();
    await machine.off(60);
    expect(machine.cloud.results).toEqual(['success']);
    expect(machine.cloud.output.at(-1)).toBe('finished\n');
    expect(machine.cloud.count('claim task')).toBe(1);
    expect(machine.group.decrements).toEqual([2]);
    expect(lastWord(machine).outcome).toBe('interrupted');
  });

  gitLabCase(
    executor,
    'the power button during a long job, which fails as one of the runner',
    {},
    async (machine) => {
      machine.queue({ steps: ['true', 'sleep 500'] });
      await machine.cloud.made('step 0');
      await machine.pressPowerButton();
      await machine.off(90);
      expect(machine.cloud.results).toEqual(['runner_system_failure']);
      expect(machine.group.decrements).toEqual([2]);
    },
  );

  gitLabCase(
    executor,
    'the agent is killed during its job',
    { agentMode: 'crash-in-task' },
    async (machine) => {
      machine.queue({ steps: ['sleep 30'] });
      await machine.off(60);
      expect(lastWord(machine)).toMatchObject({
        outcome: 'agent-failed',
        reason: 'the agent ended while its task was running (killed, KILL)',
      });
    },
  );

  gitLabCase(executor, 'a job that nobody watched is served', {}, async (machine) => {
    await agentRuns(machine);
    await machine.run('systemctl kill --signal=KILL runner-scaler-job.service');
    machine.queue({ steps: ['sleep 1'] });
    await machine.cloud.made('task success');
    // Without the watch, the shell executor's agent would stay.
    await machine
      .run('systemctl kill --kill-who=main --signal=QUIT runner-scaler-agent')
      .catch(() => '');
    await machine.off(60);
    expect(lastWord(machine).outcome).toBe('served');
  });
}

gitLabCase(
  'docker',
  'spot: a notice during a job that ends in time',
  { fleet: { purchase: 'spot', drainTimeoutMinutes: 2 }, cloud: { lifeCycle: 'spot' } },
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 25'] });
    await machine.cloud.made('step 0');
    const at = new Date(Date.now() + 120_000);
    machine.cloud.metadata.set(
      'spot/instance-action',
      JSON.stringify({ action: 'terminate', time: `${at.toISOString().slice(0, 19)}Z` }),
    );
    await machine.off(80);
    expect(machine.cloud.results).toEqual(['success']);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'interrupted',
      reason: 'AWS took the spot machine back',
    });
  },
);

gitLabCase(
  'docker',
  'the token is revoked after the boot: the agent would sleep for five minutes, and is ended at once',
  { files: { '/etc/unhealthy-seconds': '125' } },
  async (machine) => {
    await machine.cloud.made('CompleteLifecycleAction');
    machine.cloud.gitLab.token = 'glrt-another';
    await machine.off(80);
    expect(machine.cloud.count('gitlab 403 POST jobs/request')).toBe(1);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'agent-failed',
      reason: expect.stringContaining('refuses to give this runner jobs'),
    });
  },
);

gitLabCase(
  'docker',
  'Docker does not work',
  { files: { '/usr/bin/docker': '#!/bin/bash\n[[ $1 == serve ]]\n' } },
  async (machine) => {
    await machine.off(60);
    expect(machine.cloud.count('gitlab')).toBe(0);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'boot-failed',
      reason:
        'a task would not run as it must: docker does not answer; Docker has no bridge docker0',
    });
  },
);

gitLabCase(
  'shell',
  'a secret that holds no runner authentication token',
  { secretString: 'GR1348941secret' },
  async (machine) => {
    await machine.off(40);
    expect(lastWord(machine).reason).toMatch(
      /^the secret runner-scaler\/\S+ holds no runner authentication token; allowed: a token that begins with glrt-; /,
    );
    expect(machine.cloud.count('gitlab')).toBe(0);
  },
);

gitLabCase('shell', 'the agent is told twice', {}, async (machine) => {
  machine.queue({ steps: ['true', 'sleep 4'] }, { steps: ['echo second'] });
  await machine.cloud.made('step 0');
  await machine.run('systemctl kill --kill-who=main --signal=QUIT runner-scaler-agent');
  await machine.off(40);
  expect(machine.cloud.results).toEqual(['success']);
  expect(lastWord(machine).outcome).toBe('served');
});
