import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { statSync } from 'node:fs';
import { join } from 'node:path';

import { INSTANCE_ID, RUNNER_TOKEN } from '../instance-services/names.ts';
import { releases } from './cloud.ts';
import { among, count } from './events.ts';
import { AGENT_CONFIG, bootedMachine, type Machine, type MachineOptions } from './machine.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

async function booted(options: MachineOptions = {}): Promise<Machine> {
  machine = await bootedMachine(options);
  return machine;
}

const modeOf = (path: string) => statSync(join(machine.root, path)).mode & 0o777;

describe('the config of the agent', () => {
  test('says all that the agent must know, readable by root only', async () => {
    await booted({
      agentOptions: { retryOnInterruption: true },
      // As the package of the agent may have left it, open to the user that jobs run as.
      files: { [AGENT_CONFIG]: 'api: {}' },
    });
    expect(machine.file(AGENT_CONFIG)).toBe(`api:
  auth_token: '${RUNNER_TOKEN}'
  url: 'https://runner.circleci.com'
runner:
  name: '${INSTANCE_ID}'
  mode: single-task
  idle_timeout: 300s
  max_run_time: 3600s
  command_prefix: ["/usr/local/lib/runner-scaler/task"]
  working_directory: /var/lib/circleci-runner/workdir
  cleanup_working_directory: true
  task_agent_directory: /var/lib/circleci-runner/task-agent
  enable_unsafe_retries: true
`);
    expect(modeOf(AGENT_CONFIG)).toBe(0o600);
    expect(modeOf('/etc/runner-scaler')).toBe(0o700);
  });

  test('does not ask for retries unless told to', async () => {
    await booted();
    expect(machine.file(AGENT_CONFIG)).not.toContain('enable_unsafe_retries');
  });
});

describe('the agent', () => {
  test('is the one of the processor, checked against the manifest', async () => {
    await booted({ commands: { uname: 'echo aarch64' } });
    expect(among(machine.events(), ['download'])).toHaveLength(2);
    expect(machine.events()).toEqual(
      expect.arrayContaining([
        'download /circleci-runner/manifest.json',
        'download /circleci-runner/3.1.13/circleci-runner_linux_arm64.tar.gz',
      ]),
    );
    expect(modeOf('/usr/local/bin/circleci-runner')).toBe(0o755);
  });

  test('is checked against the config when that pins a checksum', async () => {
    await booted({ agentOptions: { sha256: { x86_64: releases().checksum } } });
    expect(count(machine.events(), 'download')).toBe(1);
  });

  test.each(['/usr/local/bin/circleci-runner', '/usr/bin/circleci-runner'])(
    'is not downloaded when the image holds that version as %s',
    async (path) => {
      const agent = '#!/bin/sh\necho version=3.1.13-4422\n';
      await booted({ files: { [path]: agent } });
      expect(count(machine.events(), 'download')).toBe(0);
    },
  );

  test.each([
    ['another version', '#!/bin/sh\necho 3.1.130\n'],
    ['one that does not run', '#!/bin/sh\necho 3.1.13; exit 1\n'],
  ])('is downloaded when the image holds %s', async (_, agent) => {
    await booted({ files: { '/usr/local/bin/circleci-runner': agent } });
    expect(count(machine.events(), 'download')).toBe(2);
    expect(machine.file('/usr/local/bin/circleci-runner')).not.toBe(agent);
  });

  test.each(['etc', 'usr/lib'])(
    'is the only one: a service that the image brings in %s neither runs nor powers off',
    async (folder) => {
      await booted({ files: { [`/${folder}/systemd/system/circleci-runner.service`]: '[Unit]' } });
      const dropIn = '/run/systemd/system/circleci-runner.service.d/runner-scaler.conf';
      expect(machine.file(dropIn)).toBe(
        '[Unit]\nSuccessAction=none\nFailureAction=none\n[Service]\nExecStop=\nExecStopPost=\nRestart=no\n',
      );
      const order = [
        'systemctl --no-block stop circleci-runner.service',
        'systemctl kill --signal=KILL circleci-runner.service',
        'systemctl stop circleci-runner.service',
        'systemctl disable --quiet circleci-runner.service',
        'systemctl start runner-scaler-agent.service',
      ];
      expect(among(machine.events(), order)).toEqual(order);
    },
  );
});

describe('the user that jobs run as', () => {
  const ID = `case $* in
  '-u circleci') echo 1001 ;;
  *) echo 1002 ;;
esac`;

  test('is left alone where the image brings one that can work', async () => {
    await booted({
      commands: {
        id: ID,
        getent: 'echo circleci:x:1001:1002::/home/ci:/bin/zsh',
        stat: 'echo 1001',
      },
    });
    expect(among(machine.events(), ['useradd', 'usermod'])).toEqual([]);
  });

  test.each(['/usr/sbin/nologin', '/bin/false', ''])(
    'gets a shell instead of "%s", and a home if it has none',
    async (shell) => {
      await booted({
        commands: {
          id: ID,
          getent: `echo circleci:x:1001:1002::/nonexistent:${shell}`,
          // Files can be given to others by root alone.
          install: '[[ $* == *--owner* ]] || PATH=$REAL_PATH exec install "$@"',
        },
      });
      expect(among(machine.events(), ['useradd', 'usermod', 'install -d --owner'])).toEqual([
        'usermod',
        'usermod',
        'install -d --owner',
      ]);
      expect(machine.events()).toEqual(
        expect.arrayContaining([
          'usermod --shell /bin/bash circleci',
          'usermod --home /home/circleci circleci',
          `install -d --owner=circleci --group=1002 --mode=0750 ${machine.root}/home/circleci`,
        ]),
      );
    },
  );

  test("owns its folder for work, and nothing of the agent's", async () => {
    await booted();
    const chowns = machine
      .events()
      .filter((event) => event.startsWith('chown'))
      .map((event) => event.replaceAll(machine.root, ''));
    expect(chowns).toEqual([
      'chown --no-dereference root: /var/lib/circleci-runner',
      'chown --recursive --no-dereference root: /var/lib/circleci-runner/task-agent',
      'chown circleci: /var/lib/circleci-runner/workdir',
    ]);
    expect(modeOf('/var/lib/circleci-runner')).toBe(0o755);
    expect(modeOf('/var/lib/circleci-runner/task-agent')).toBe(0o755);
  });
});
