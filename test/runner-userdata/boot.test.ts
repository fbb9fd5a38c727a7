import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { type Platform, PLATFORM_NAMES } from '../../runner-userdata/platforms.ts';
import { INSTANCE_ID, SECRETS } from '../instance-services/names.ts';
import { OWN_SECRET } from './cloud.ts';
import { among, count, groupCalls, indexOf } from './events.ts';
import {
  AGENT_CONFIG,
  bootedMachine,
  LOG,
  PREFIX,
  SELF,
  startMachine,
  type Machine,
  type MachineOptions,
} from './machine.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

let machine: Machine | undefined;

afterEach(async () => {
  await machine?.remove();
  machine = undefined;
});

async function booted(options: MachineOptions = {}): Promise<Machine> {
  machine = await bootedMachine(options);
  return machine;
}

describe.each(PLATFORM_NAMES)('a boot of %s', (platform) => {
  let machine: Machine;

  beforeAll(async () => {
    const bootScript = 'useradd extra; env; echo from the script; echo and more >&2';
    machine = await bootedMachine({ userData: { platform, bootScript } });
  });

  afterAll(async () => {
    await machine.remove();
  });

  test.each(['GetSecretValue', 'download /circleci-runner/3.1.13/', 'useradd --create-home'])(
    'is bounded first, makes all ready (%s), proves it, and starts the agent last, after the hook',
    (preparation) => {
      const order = [
        'systemctl --no-block start runner-scaler-boot.service',
        'systemd-run --quiet --unit=runner-scaler-lifetime-limit --on-active=5520s',
        preparation,
        'useradd extra',
        'systemctl start runner-scaler-proof.service',
        'CompleteLifecycleAction CONTINUE',
        'systemctl start runner-scaler-agent.service',
      ];
      expect(among(machine.events(), order)).toEqual(order);
    },
  );

  test('does not end the machine, and holds the group back no longer than it must', () => {
    expect(count(machine.events(), 'systemctl poweroff')).toBe(0);
    expect(machine.events().join('\n')).not.toContain('start poweroff.target');
    expect(machine.cloud.autoscalingCalls.map((call) => Object.fromEntries(call))).toEqual([
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
    expect(holders).toEqual([AGENT_CONFIG]);
    expect(SECRETS.filter((secret) => machine.output().includes(secret))).toEqual([]);
    // What would show a leak is among the files: arguments, environments, logs, the script itself.
    expect(machine.files()).toEqual(
      expect.arrayContaining([
        '/calls',
        '/environment',
        '/user-data',
        '/dev/console',
        LOG,
        SELF,
        PREFIX,
        '/etc/systemd/system/runner-scaler-agent.service',
        '/var/lib/runner-scaler/boot-script',
      ]),
    );
  });

  test('logs with a time on every line to file and console, and without one to the journal', () => {
    const log = machine.file(LOG);
    expect(log).toMatch(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ .*\n)+$/);
    expect(log).toContain('Z from the script\n');
    expect(log).toContain('Z and more\n');
    expect(machine.output()).toBe(log.replaceAll(/^\S+ /gm, ''));
    // It is a file here, of which the last line is left.
    expect(machine.file('/dev/console')).toBe(`${log.trimEnd().split('\n').at(-1)}\n`);
  });

  test('keeps how long its phases took', () => {
    const phases = machine.file('/var/lib/runner-scaler/phases').trimEnd().split('\n');
    expect(phases.filter((phase) => !/^[a-z]+ \d+\.\d{3}$/.test(phase))).toEqual([]);
    expect(new Set(phases.map((phase) => phase.split(' ')[0]))).toEqual(
      new Set(['kernel', 'prepare', 'token', 'agent', 'script', 'proof', 'hook', 'ready', 'boot']),
    );
  });

  test('closes the metadata address to tasks, and again after the boot script', () => {
    const nft = 'nft --file -';
    const order = [nft, 'useradd extra', nft];
    expect(among(machine.events(), [nft, 'useradd extra'])).toEqual(order);
    const ruleset = machine.file('/ruleset');
    expect(ruleset).toContain('ip daddr 169.254.169.254 meta skuid != 0 jump refuse');
    expect(ruleset).toContain('ip6 daddr fd00:ec2::254 meta skuid != 0 jump refuse');
  });

  test('installs nothing when the image holds every command', () => {
    expect(among(machine.events(), ['apt-get', 'dnf'])).toEqual([]);
  });
});

test('user data of cloud-init only installs: what follows is bounded and ended by systemd', async () => {
  machine = await startMachine();
  expect(await machine.install()).toBe(0);
  expect(machine.events()).toEqual([
    'systemctl daemon-reload',
    'systemctl --no-block start runner-scaler-boot.service',
  ]);
  expect(machine.file(SELF)).toBe(machine.script);
});

test('an installation that fails powers the machine off', async () => {
  machine = await startMachine({ commands: { systemctl: '[[ $1 != daemon-reload ]]' } });
  expect(await machine.install()).not.toBe(0);
  expect(machine.events().at(-1)).toBe('systemctl poweroff');
});

test.each<[string, Platform, readonly string[]]>([
  [
    'Ubuntu',
    'ubuntu-24.04',
    [
      'apt-get -qq -o Acquire::Retries=3 update',
      'apt-get -qq install --yes --no-install-recommends git nftables',
    ],
  ],
  ['Amazon Linux', 'amazon-linux-2023', ['dnf --quiet --assumeyes install git nftables']],
])(
  '%s installs what the image lacks, and tries again when the mirror fails',
  async (_, platform, calls) => {
    const installs = `
    [[ $* == *install* ]] || exit 0
    if [[ ! -e $ROOT/failed-once ]]; then
      : >"$ROOT/failed-once"
      exit 100
    fi`;
    machine = await startMachine({
      userData: { platform },
      commands: { 'apt-get': installs, dnf: installs },
      missing: ['git', 'nft'],
    });
    // The stand-in mirror has no nft, so the boot ends there; the test is about the calls before.
    await machine.boot();
    const made = machine.events().filter((event) => /^(apt-get|dnf)/.test(event));
    expect(made).toEqual([...calls, ...calls]);
  },
);

test('Ubuntu waits for the lock of dpkg, and its own upgrades are put off', async () => {
  const { file, events } = await booted();
  expect(file('/etc/apt/apt.conf.d/90runner-scaler')).toBe('DPkg::Lock::Timeout "120";\n');
  indexOf(events(), 'systemctl stop apt-daily.timer apt-daily-upgrade.timer apt-daily.service');
});

test.each([
  [4, 1],
  [0, 0],
])(
  'Amazon Linux, whose curl ends with %i when it is to sign, gets the full one %i times',
  async (status, times) => {
    const curl = `[[ $* != *file:///dev/null ]] || exit ${status}\nPATH=$REAL_PATH exec curl "$@"`;
    const { events } = await booted({
      userData: { platform: 'amazon-linux-2023' },
      commands: { curl },
    });
    const call = 'dnf --quiet --assumeyes --allowerasing install curl-full libcurl-full';
    expect(count(events(), call)).toBe(times);
  },
);

test('a transient failure of every service is overcome', async () => {
  const seen = new Set<string>();
  const failOnce = (key: string) => {
    if (seen.has(key)) return undefined;
    seen.add(key);
    return { status: 503, body: '' };
  };
  const { events } = await booted({
    cloud: {
      imds: failOnce,
      secret: () => failOnce('secret'),
      autoscaling: () => failOnce('autoscaling'),
      releases: failOnce,
    },
  });
  expect(events()).toContain('systemctl start runner-scaler-agent.service');
  expect(count(events(), 'sleep')).toBeGreaterThan(5);
});

test('a secret of the user is read instead of the one that is named for the role', async () => {
  const bodies: string[] = [];
  await booted({
    agentOptions: { tokenSecret: OWN_SECRET },
    cloud: { secret: (body) => void bodies.push(body) },
  });
  expect(bodies.map((body) => JSON.parse(body))).toEqual([{ SecretId: OWN_SECRET }]);
});

describe('the boot script of the config', () => {
  test('arrives as it was written, with any content', async () => {
    const hostile = `echo 'single' "double" \`echo tick\` \${HOME} $(echo sub) \\ 'it'\\''s'
cat <<'EOF'
EOF'
  CODE='x'
# no comment of ours
EOF
printf %s 'a\u00e9\t' # last line without a line break`;
    const { file } = await booted({ userData: { bootScript: hostile } });
    expect(file('/var/lib/runner-scaler/boot-script')).toBe(hostile);
  });

  test('runs as a separate process, which neither sees nor changes the boot', async () => {
    const { file, cloud, events } = await booted({
      userData: { bootScript: 'SCALING_GROUP=other; cd /; echo "token: ${TOKEN-none}"; exit 0' },
    });
    expect(file(LOG)).toContain('token: none');
    expect(cloud.autoscalingCalls[0]?.get('AutoScalingGroupName')).toBe('fleet group + <1>');
    expect(groupCalls(events())).toEqual(['CompleteLifecycleAction CONTINUE']);
  });

  test('ends what writes to nobody, as everywhere: the boot itself does not', async () => {
    const bootScript = '(kill -PIPE $BASHPID; echo lives on) || echo "ended by $(($? - 128))"';
    const { file } = await booted({ userData: { bootScript } });
    expect(file(LOG)).toContain('Z ended by 13\n');
    expect(file(LOG)).not.toContain('lives on');
  });

  test('is absent when the config has none', async () => {
    const { has, file } = await booted();
    expect(has('/var/lib/runner-scaler/boot-script')).toBe(false);
    expect(file(LOG)).not.toContain('boot script');
  });
});
