import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Platform } from '../../runner-userdata/render.ts';
import { agentChecksum, INSTANCE_ID, RUNNER_TOKEN, SECRETS } from './cloud.ts';
import { count, indexOf, startMachine, type Machine, type MachineOptions } from './machine.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

const machines: Machine[] = [];

afterEach(async () => {
  await Promise.all(machines.splice(0).map(async (machine) => machine.remove()));
});

async function booted(options: MachineOptions = {}): Promise<Machine> {
  const machine = await startMachine(options);
  machines.push(machine);
  const status = await machine.boot();
  if (status !== 0)
    throw new Error(`the boot failed:\n${machine.file('/var/log/runner-scaler.log')}`);
  return machine;
}

describe.each<Platform>(['ubuntu-24.04', 'amazon-linux-2023'])('a boot of %s', (platform) => {
  let machine: Machine;

  beforeAll(async () => {
    const bootScript = 'useradd extra; env; echo from the script; echo and more >&2';
    machine = await booted({ userData: { platform, bootScript } });
    machines.length = 0;
  });

  afterAll(async () => {
    await machine.remove();
  });

  test('starts the agent last, after the hook, and does not end the machine', () => {
    const events = machine.events();
    const order = [
      'systemd-run --quiet --unit=runner-scaler-boot-limit --on-active=600s',
      'systemd-run --quiet --unit=runner-scaler-lifetime-limit --on-active=5400s',
      'systemctl enable runner-scaler-rebooted.service',
      'GetSecretValue',
      'download /circleci-runner/3.1.13/circleci-runner_linux_amd64.tar.gz',
      'useradd --create-home --shell /bin/bash circleci',
      'nft --file -',
      'useradd extra',
      'CompleteLifecycleAction CONTINUE',
      'systemctl start runner-scaler-agent.service',
      'systemctl stop runner-scaler-boot-limit.timer',
    ];
    const indexes = order.map((event) => indexOf(events, event));
    expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));
    expect(count(events, 'systemctl --no-block poweroff')).toBe(0);
    expect(count(events, 'systemctl poweroff')).toBe(0);
  });

  test('names the group, the hook and the instance when it completes the hook', () => {
    expect(machine.autoscalingCalls.map((call) => Object.fromEntries(call))).toEqual([
      {
        Action: 'CompleteLifecycleAction',
        Version: '2011-01-01',
        AutoScalingGroupName: 'fleet group + <1>',
        LifecycleHookName: 'ready',
        InstanceId: INSTANCE_ID,
        LifecycleActionResult: 'CONTINUE',
      },
    ]);
  });

  test('holds its secrets in one file only, the config of the agent', () => {
    const holders = machine
      .files()
      .filter((path) => SECRETS.some((secret) => machine.file(path).includes(secret)));
    expect(holders).toEqual(['/etc/circleci-runner/circleci-runner-config.yaml']);
    // What would show a leak is among the files: arguments, environments, logs, the script itself.
    expect(machine.files()).toEqual(
      expect.arrayContaining([
        '/calls',
        '/environment',
        '/journal',
        '/var/log/runner-scaler.log',
        '/dev/console',
        '/user-data',
        '/usr/local/lib/runner-scaler/runner',
        '/etc/systemd/system/runner-scaler-agent.service',
      ]),
    );
  });

  test('logs a time on every line, to the file, the console and the journal', () => {
    const log = machine.file('/var/log/runner-scaler.log');
    expect(log).toMatch(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ .*\n)+$/);
    expect(log).toContain('Z from the script\n');
    expect(log).toContain('Z and more\n');
    expect(machine.file('/dev/console')).toBe(log);
    expect(machine.file('/journal')).toBe(log);
  });

  test('closes the metadata address by user, in both address families', () => {
    const ruleset = machine.file('/ruleset');
    expect(ruleset).toContain('ip daddr 169.254.169.254 meta skuid != 0 reject');
    expect(ruleset).toContain('ip6 daddr fd00:ec2::254 meta skuid != 0 reject');
    // Proved before and after the boot script, which runs as root and may change the firewall.
    expect(count(machine.events(), 'runuser -u circleci -- curl')).toBe(4);
  });

  test('installs nothing when the image holds every command', () => {
    expect(count(machine.events(), 'apt-get')).toBe(0);
    expect(count(machine.events(), 'dnf')).toBe(0);
  });
});

describe('the config of the agent', () => {
  test('says all that the agent must know, readable by root only', async () => {
    const machine = await booted({ userData: { retryOnInterruption: true } });
    const path = '/etc/circleci-runner/circleci-runner-config.yaml';
    expect(machine.file(path)).toBe(`api:
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
    expect(statSync(join(machine.root, path)).mode & 0o777).toBe(0o600);
    expect(statSync(join(machine.root, '/etc/circleci-runner')).mode & 0o777).toBe(0o700);
  });

  test('does not ask for retries unless told to', async () => {
    const machine = await booted();
    const config = machine.file('/etc/circleci-runner/circleci-runner-config.yaml');
    expect(config).not.toContain('enable_unsafe_retries');
  });
});

describe('the agent', () => {
  test('is the one of the processor, checked against the manifest', async () => {
    const machine = await booted({ commands: { uname: 'echo aarch64' } });
    const events = machine.events();
    expect(count(events, 'download /circleci-runner/manifest.json')).toBe(1);
    expect(count(events, 'download /circleci-runner/3.1.13/circleci-runner_linux_arm64')).toBe(1);
    const { mode } = statSync(join(machine.root, '/usr/local/bin/circleci-runner'));
    expect(mode & 0o777).toBe(0o755);
  });

  test('is checked against the config when that pins a checksum', async () => {
    const machine = await booted({ userData: { agentSha256: { x86_64: agentChecksum() } } });
    expect(count(machine.events(), 'download')).toBe(1);
  });

  test.each(['/usr/local/bin/circleci-runner', '/usr/bin/circleci-runner'])(
    'is not downloaded when the image holds that version as %s',
    async (path) => {
      const agent = '#!/bin/sh\necho version=3.1.13-4422\n';
      const machine = await booted({ files: { [path]: agent } });
      expect(count(machine.events(), 'download')).toBe(0);
    },
  );

  test('is downloaded when the image holds another version', async () => {
    const agent = '#!/bin/sh\necho 3.1.130\n';
    const machine = await booted({ files: { '/usr/local/bin/circleci-runner': agent } });
    expect(count(machine.events(), 'download')).toBe(2);
    expect(machine.file('/usr/local/bin/circleci-runner')).not.toBe(agent);
  });
});

test.each<[Platform, readonly string[]]>([
  [
    'ubuntu-24.04',
    [
      'apt-get -qq -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 update',
      'apt-get -qq -o DPkg::Lock::Timeout=120 install --yes --no-install-recommends git nftables',
    ],
  ],
  ['amazon-linux-2023', ['dnf --quiet --assumeyes install git nftables']],
])(
  '%s installs what the image lacks, and tries again when the mirror fails',
  async (platform, calls) => {
    const installs = `
    [[ $* == *install* ]] || exit 0
    if [[ ! -e $RUNNER_SCALER_TEST_ROOT/failed-once ]]; then
      : >"$RUNNER_SCALER_TEST_ROOT/failed-once"
      exit 100
    fi`;
    const machine = await startMachine({
      userData: { platform },
      commands: { 'apt-get': installs, dnf: installs },
      missing: ['git', 'nft'],
    });
    machines.push(machine);
    // The stand-in mirror brings no nft, so the boot ends there; the calls are what is looked at.
    await machine.boot();
    const made = machine.events().filter((event) => /^(apt-get|dnf)/.test(event));
    expect(made).toEqual([...calls, ...calls]);
  },
);

test('Amazon Linux gets the full curl when the small one cannot sign', async () => {
  const machine = await booted({
    userData: { platform: 'amazon-linux-2023' },
    commands: { curl: '[[ $* != *file:///dev/null ]] || exit 4\nPATH=$REAL_PATH exec curl "$@"' },
  });
  const call = 'dnf --quiet --assumeyes --allowerasing install curl-full';
  expect(count(machine.events(), call)).toBe(1);
});

test('a transient failure of every service is overcome', async () => {
  const seen = new Set<string>();
  const failOnce = (key: string) => {
    if (seen.has(key)) return undefined;
    seen.add(key);
    return { status: 503, body: '' };
  };
  const machine = await booted({
    cloud: {
      imds: failOnce,
      secret: () => failOnce('secret'),
      autoscaling: () => failOnce('autoscaling'),
      releases: failOnce,
    },
  });
  expect(machine.events()).toContain('systemctl start runner-scaler-agent.service');
});

describe('the boot script of the config', () => {
  test('arrives as it was written, whatever it holds', async () => {
    const hostile = `echo 'single' "double" \`echo tick\` \${HOME} $(echo sub) \\ 'it'\\''s'
cat <<'EOF'
EOF'
  CODE='x'
EOF
printf %s 'a\u00e9\t' # last line without a line break`;
    const machine = await booted({ userData: { bootScript: hostile } });
    expect(machine.file('/usr/local/lib/runner-scaler/boot-script')).toBe(hostile);
  });

  test('runs as a process of its own, which neither sees nor changes the boot', async () => {
    const machine = await booted({
      userData: { bootScript: 'SCALING_GROUP=other; cd /; echo "token: ${TOKEN-none}"; exit 0' },
    });
    expect(machine.file('/var/log/runner-scaler.log')).toContain('token: none');
    expect(machine.autoscalingCalls[0]?.get('AutoScalingGroupName')).toBe('fleet group + <1>');
  });

  test('is absent when the config has none', async () => {
    const machine = await booted();
    expect(existsSync(join(machine.root, '/usr/local/lib/runner-scaler/boot-script'))).toBe(false);
  });
});
