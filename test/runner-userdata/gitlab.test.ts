import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import {
  type GitLabAgent,
  gitLabSettings,
} from '../../runner-userdata/linux/agents/gitlab/settings.ts';
import { gzipUserData, renderScript } from '../../runner-userdata/linux/render.ts';
import { gitLabReleasesOf } from '../instance-services/releases.ts';
import { ok } from '../instance-services/reply.ts';
import { complaints } from './complaints.ts';
import { COMMANDS } from './commands.ts';
import { among, count, groupCalls } from './events.ts';
import {
  lastWord,
  LOG,
  OPTIONS,
  startMachine,
  type Machine,
  type MachineOptions,
} from './machine.ts';
import { readyMachine, RUN, type ReadyOptions } from './ready.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

const TOKEN = 'glrt-t1_f00dcafe';
const CONFIG = '/etc/runner-scaler/agent.toml';
const SU = '/usr/local/lib/runner-scaler/bin/su';
const PATH = '/usr/local/bin/gitlab-runner';
const CLAIMED =
  'Checking for jobs... received    job=1 repo_url=https://gitlab.example.com/a/b.git';

const agentOf = (more: Partial<GitLabAgent> = {}): GitLabAgent => ({
  source: 'gitlab',
  url: 'https://gitlab.example.com',
  executor: 'docker',
  ...more,
});

/** The agent, which only verifies its token. */
const agentThatSays = (said: string, status = 0) =>
  `#!/bin/bash
[[ $1 == --version ]] && { echo 'Version:      19.4.0'; exit; }
echo "gitlab-runner $*" >>"\${0%/usr/*}/calls"
echo '${said}' >&2
exit ${status}
`;
const VALID = agentThatSays('Verifying runner... is valid');

/** The proof is tried on real machines: here its program only records its call. */
const NO_PROOF = {
  systemctl: `[[ $* == 'start runner-scaler-proof.service' ]] && { : >"$ROOT/run/runner-scaler/proof"; exit; }
${COMMANDS['systemctl']}`,
  docker: '',
};

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

function optionsOf(agent: Partial<GitLabAgent>, more: MachineOptions): MachineOptions {
  return {
    cloud: { secret: () => ok(JSON.stringify({ SecretString: TOKEN })), ...more.cloud },
    userData: { agent: agentOf(agent), ...more.userData },
    commands: { ...NO_PROOF, ...more.commands },
    files: more.files ?? { [PATH]: VALID },
    ...(more.missing && { missing: more.missing }),
  };
}

async function boot(agent: Partial<GitLabAgent> = {}, more: MachineOptions = {}): Promise<number> {
  machine = await startMachine(optionsOf(agent, more));
  return machine.boot();
}

async function booted(agent: Partial<GitLabAgent> = {}, more: MachineOptions = {}) {
  const status = await boot(agent, more);
  if (status !== 0) throw new Error(machine.file(LOG));
}

async function expectFailure(reason: RegExp | string, more: MachineOptions): Promise<void> {
  expect(await boot({}, more)).not.toBe(0);
  const word = lastWord(machine);
  expect(word?.['outcome']).toBe('boot-failed');
  expect(word?.['reason']).toMatch(reason);
  expect(groupCalls(machine.events())).toEqual(['CompleteLifecycleAction ABANDON']);
}

describe('the config of the agent', () => {
  test('of docker says all that it must know, readable by root only', async () => {
    await booted();
    expect(machine.file(CONFIG)).toBe(`concurrent = 1
check_interval = 3

[[runners]]
  name = "i-0123456789abcdef0"
  url = "https://gitlab.example.com"
  token = "${TOKEN}"
  executor = "docker"
  [runners.docker]
    image = "ubuntu:24.04"
    privileged = false
    volumes = ["/cache"]
`);
    const mode = (path: string) => statSync(join(machine.root, path)).mode & 0o777;
    expect([mode(CONFIG), mode('/etc/runner-scaler')]).toEqual([0o600, 0o700]);
  });

  test('of shell names the folder that the job user owns', async () => {
    await booted({ executor: 'shell' });
    expect(machine.file(CONFIG)).toMatch(/\n {2}executor = "shell"\n {2}shell = "bash"\n/);
    expect(machine.events()).toContain(
      `chown gitlab-runner: ${machine.root}/var/lib/gitlab-runner/workdir`,
    );
  });

  test('has beside it a system id in the form that GitLab Runner accepts, made of the instance id', async () => {
    await booted();
    const id = machine.file('/etc/runner-scaler/.runner_system_id');
    expect(id).toBe('r_56789abcdef0');
    expect(id).toMatch(/^[sr]_[0-9a-zA-Z]{12}$/);
  });

  test('quotes what the config file could misread', async () => {
    await booted({ image: String.raw`a"b\c` });
    expect(machine.file(CONFIG)).toContain(String.raw`image = "a\"b\\c"`);
  });

  test.each(['docker', 'shell'] as const)(
    'is the only place of the token with %s: no argument, no environment, no log',
    async (executor) => {
      await booted({ executor });
      const holders = machine.files().filter((path) => machine.file(path).includes(TOKEN));
      expect(holders).toEqual([CONFIG]);
      expect(machine.output()).not.toContain(TOKEN);
    },
  );
});

describe('the token', () => {
  test.each(['GR1348941abcdef', 'glrt-', 'glpat-abc', 'xglrt-abc'])(
    'that is none of a runner, %s, ends the boot with a sentence',
    async (token) => {
      await expectFailure(
        /^the secret runner-scaler\/\S+ holds no runner authentication token; allowed: a token that begins with glrt-; create a runner in GitLab, and fill the secret with the token it shows$/,
        { cloud: { secret: () => ok(JSON.stringify({ SecretString: token })) } },
      );
      expect(machine.file(LOG)).not.toContain(token === 'glrt-' ? 'glrt-"' : token);
    },
  );

  test.each(['is not valid', 'is removed'])(
    'that GitLab says %s ends the boot at once, before the hook is completed',
    async (words) => {
      await expectFailure(
        /^GitLab at https:\/\/gitlab\.example\.com refuses the runner token of the secret runner-scaler\/ci-FleetAcmeLinuxRole-1A2B3C4D; /,
        { files: { [PATH]: agentThatSays(`Verifying runner... ${words}`, 1) } },
      );
      expect(count(machine.events(), 'gitlab-runner verify')).toBe(1);
    },
  );

  test('that cannot be verified is tried again, and then ends the boot', async () => {
    await expectFailure(
      'GitLab at https://gitlab.example.com cannot be asked about the runner token: WARNING: Verifying runner... failed',
      { files: { [PATH]: agentThatSays('WARNING: Verifying runner... failed') } },
    );
    expect(count(machine.events(), 'gitlab-runner verify')).toBe(4);
  });

  test('is verified before the hook is completed and the agent starts', async () => {
    await booted();
    const order = [
      'gitlab-runner verify',
      'CompleteLifecycleAction',
      'systemctl start runner-scaler-agent',
    ];
    expect(among(machine.events(), order)).toEqual(order);
  });
});

describe('the agent', () => {
  const releases = gitLabReleasesOf(Buffer.from(VALID));
  const cloud = {
    releases: releases.reply,
    secret: () => ok(JSON.stringify({ SecretString: TOKEN })),
  };

  test('is the one of the processor, checked against the list of the release', async () => {
    await booted({}, { files: {}, cloud, commands: { uname: 'echo aarch64' } });
    expect(
      machine
        .events()
        .filter((event) => event.startsWith('download'))
        .sort(),
    ).toEqual([
      'download /v19.4.0/binaries/gitlab-runner-linux-arm64',
      'download /v19.4.0/release.sha256',
    ]);
    expect(machine.file(PATH)).toBe(VALID);
  });

  test('is checked against the config when that pins a checksum', async () => {
    await booted({ sha256: { x86_64: releases.checksum } }, { files: {}, cloud });
    expect(count(machine.events(), 'download')).toBe(1);
  });

  test('that is another than the list says is not installed', async () => {
    const other = gitLabReleasesOf(Buffer.from('another'));
    await expectFailure(
      /^the download v19\.4\.0\/binaries\/gitlab-runner-linux-amd64 does not have the checksum [0-9a-f]{64}$/,
      {
        files: {},
        cloud: {
          ...cloud,
          releases: (path) => (path.endsWith('amd64') ? other : releases).reply(path),
        },
      },
    );
    expect(machine.has(PATH)).toBe(false);
  });

  test.each(['', '<html>', `${'0'.repeat(64)} *deb/gitlab-runner_amd64.deb`])(
    'is not installed when the list has no checksum of it: %j',
    async (list) => {
      expect.hasAssertions();
      await expectFailure(
        /\/v19\.4\.0\/release\.sha256 has no checksum of gitlab-runner-linux-amd64$/,
        {
          files: {},
          cloud: {
            ...cloud,
            releases: (path) => (path.endsWith('sha256') ? ok(list) : releases.reply(path)),
          },
        },
      );
    },
  );

  test.each([PATH, '/usr/bin/gitlab-runner'])(
    'is not downloaded when the image holds that version as %s',
    async (path) => {
      // Below another root, the link to the one in /usr/bin leads nowhere, so its boot fails later.
      await boot({}, { files: { [path]: VALID } });
      expect(machine.file(LOG)).toContain(`the image holds the agent 19.4.0 as ${path}`);
      expect(count(machine.events(), 'download')).toBe(0);
    },
  );
});

test.each([
  ['ubuntu-24.04', 'apt-get -qq install --yes --no-install-recommends docker.io'],
  ['amazon-linux-2023', 'dnf --quiet --assumeyes install docker'],
] as const)('Docker is installed where an image of %s lacks it', async (platform, command) => {
  await booted(
    {},
    { userData: { platform, agent: agentOf() }, commands: { ...NO_PROOF }, missing: ['docker'] },
  );
  expect(machine.events()).toContain(command);
});

test('the executor shell needs no Docker', () => {
  expect(renderScript({ ...OPTIONS, agent: agentOf({ executor: 'shell' }) })).not.toContain(
    'docker:docker',
  );
});

describe('the units', () => {
  const unitOf = (name: string) =>
    machine.file(`/etc/systemd/system/runner-scaler-${name}.service`);

  test.each([
    [
      'docker',
      '/usr/local/bin/gitlab-runner run-single --config /etc/runner-scaler/agent.toml --runner ${RUNNER_NAME} --max-builds 1 --wait-timeout 300',
    ],
    [
      'shell',
      '/usr/local/bin/gitlab-runner run --config /etc/runner-scaler/agent.toml --user gitlab-runner --working-directory /var/lib/gitlab-runner/workdir',
    ],
  ] as const)('of %s start the agent for one job', async (executor, command) => {
    await booted({ executor });
    expect(unitOf('agent')).toContain(`\nExecStart=${command}\n`);
    expect(machine.file(`${RUN}/agent-name`)).toBe('RUNNER_NAME=i-0123456789abcdef0\n');
    const after = [...unitOf('agent').matchAll(/^ExecStopPost=(.*)$/gm)].map(([, line]) => line);
    expect(after.map((line) => line?.split(' ')[1])).toEqual(['job-ended', 'agent-ended']);
    for (const name of ['agent', 'job']) {
      const file = join(machine.root, `runner-scaler-${name}.service`);
      writeFileSync(file, unitOf(name).replaceAll('=/usr/local/', `=${machine.root}/usr/local/`));
      expect(complaints('systemd-analyze', ['verify', '--man=no', file])).toBe('');
    }
  });
});

describe('what replaces su', () => {
  /** Runs it as GitLab Runner does, and returns what it has executed. */
  async function su(running: string): Promise<string[]> {
    await booted({ executor: 'shell' });
    machine.replace('systemctl', `echo ${running}`);
    machine.replace('systemd-run', 'while [[ $1 != -- ]]; do shift; done; shift; exec "$@"');
    machine.write('/su', machine.file(SU).replace('>/proc/$$/', '>/dev/null #'));
    const before = machine.events().length;
    execFileSync(join(machine.root, 'su'), ['-s', '/bin/bash', 'gitlab-runner', '-c', 'true'], {
      env: { PATH: join(machine.root, 'stubs'), HOME: machine.root },
    });
    return machine.events().slice(before);
  }

  test('runs each part of a job as the job user, in its own scope', async () => {
    const events = await su('running');
    expect(among(events, ['systemd-run --scope', 'setpriv --reuid=gitlab-runner'])).toHaveLength(2);
  });

  test('runs a part that begins while the machine stops, when systemd makes no scope', async () => {
    const events = await su('stopping');
    expect(among(events, ['systemd-run --scope', 'setpriv --reuid=gitlab-runner'])).toEqual([
      'setpriv --reuid=gitlab-runner',
    ]);
  });
});

test('what replaces su, and what proves the network of containers, give shellcheck nothing to say', async () => {
  await booted({ executor: 'shell' });
  expect(complaints('shellcheck', ['-'], machine.file(SU))).toBe('');
  await machine.remove();
  await booted();
  expect(complaints('shellcheck', ['-'], machine.file('/usr/local/lib/runner-scaler/task'))).toBe(
    '',
  );
});

describe('the job', () => {
  /** A journal with these lines, which is then over. */
  const journal = (...lines: readonly string[]) => ({
    journalctl: lines.map((line) => `echo '${line}'`).join('\n'),
  });

  async function ready(executor: 'docker' | 'shell', more: ReadyOptions = {}) {
    machine = await readyMachine({
      ...more,
      userData: { agent: agentOf({ executor }) },
      commands: { ...NO_PROOF, ...more.commands },
      files: { [PATH]: VALID },
    });
    machine.write(
      '/etc/systemd/system/runner-scaler-job.service',
      '[Service]\nExecStart=/usr/local/lib/runner-scaler/runner watch-job\nExecStopPost=/usr/local/lib/runner-scaler/runner job-ended\n',
    );
    machine.write(
      '/etc/systemd/system/runner-scaler-last.service',
      '[Service]\nExecStopPost=/usr/local/lib/runner-scaler/runner agent-ended\n',
    );
  }

  test('is seen in the log when it is claimed, and when it has ended', async () => {
    await ready('docker', {
      commands: journal('Starting runner', CLAIMED, 'Job succeeded   duration_s=3'),
    });
    expect(await machine.unit('job', 'ExecStart')).toBe(0);
    const [, process] = /^(\d+) 5000000\n$/.exec(machine.file(`${RUN}/task`)) ?? [];
    expect(machine.events()).toContain(
      `systemctl --no-block start runner-scaler-task@${process}.service`,
    );
  });

  test.each(['Job failed: exit status 1', 'Job failed (system failure): aborted'])(
    'has ended too when its log says "%s", and another claim changes nothing',
    async (line) => {
      await ready('docker', { commands: journal(CLAIMED, CLAIMED, line) });
      expect(await machine.unit('job', 'ExecStart')).toBe(0);
      expect(count(machine.events(), 'systemctl --no-block start runner-scaler-task@')).toBe(1);
    },
  );

  test('is looked for again when the log cannot be followed', async () => {
    await ready('docker', {
      commands: {
        journalctl: `[[ -e $ROOT/second ]] || { : >"$ROOT/second"; exit 1; }
echo '${CLAIMED}'; echo 'Job succeeded'`,
      },
    });
    expect(await machine.unit('job', 'ExecStart')).toBe(0);
    expect(count(machine.events(), 'journalctl')).toBe(2);
  });

  const ended = { SERVICE_RESULT: 'success', EXIT_CODE: 'exited', EXIT_STATUS: '0' };
  const killed = { SERVICE_RESULT: 'signal', EXIT_CODE: 'killed', EXIT_STATUS: 'KILL' };

  test.each([
    ['a clean exit with a job', [CLAIMED], ended, 'served'],
    ['a job whose end is in the log', [CLAIMED, 'Job failed: exit status 1'], killed, 'served'],
    ['a kill during a job', [CLAIMED], killed, 'agent-failed'],
    ['a clean exit without a job', ['Starting runner'], ended, 'agent-failed'],
  ] as const)('after %s: %s', async (_, lines, how, outcome) => {
    await ready('docker', { commands: journal(...lines) });
    await machine.unit('job', 'ExecStopPost', { ended: how });
    await machine.unit('last', 'ExecStopPost', { ended: how });
    expect(lastWord(machine)).toMatchObject({ outcome });
  });

  test('after an idle time without a job', async () => {
    await ready('docker', {
      agentSeconds: OPTIONS.idleTimeoutSeconds,
      commands: journal('Starting'),
    });
    await machine.unit('job', 'ExecStopPost', { ended });
    await machine.unit('last', 'ExecStopPost', { ended });
    expect(lastWord(machine)).toMatchObject({ outcome: 'idle' });
  });
});

test('the user data holds the files of its own agent and executor, and stays as small as the others', () => {
  const scripts = {
    circleci: renderScript(OPTIONS),
    docker: renderScript({ ...OPTIONS, agent: agentOf() }),
    shell: renderScript({ ...OPTIONS, agent: agentOf({ executor: 'shell' }) }),
  };
  expect(scripts.circleci).not.toMatch(/gitlab|GITLAB/);
  expect(scripts.docker).not.toMatch(/circleci|write_su\(\)/);
  expect(scripts.shell).not.toMatch(/circleci|write_container_proof\(\)/);
  for (const script of Object.values(scripts)) {
    expect(gzipSync(script, { level: 9 }).length).toBeLessThan(12_288);
  }
  expect(gzipUserData({ ...OPTIONS, agent: agentOf() }).length).toBeLessThan(12_288);
  expect(gitLabSettings(agentOf()).files).toContain('agents/gitlab/docker.sh');
});
