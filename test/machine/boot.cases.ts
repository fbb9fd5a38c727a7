/** Boots that meet trouble: those that go on all the same, and those that fail, with what is said of it. */
import { expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TOKEN_PLACEHOLDER } from '../../lambda/scaler/contract.ts';
import { type CaseMore, type CaseOptions, groupCalls, lastWord, machineCase } from './case.ts';
import type { Machine } from './machine.ts';
import { mirrorOf } from './packages.ts';
import { refusal, THROTTLED, UNAVAILABLE } from '../instance-services/reply.ts';
import { rootOf } from './roots.ts';
import { userDataOf } from './user-data.ts';

/** Of /etc/hosts, which is all that knows names here. */
const NO_NAMES = '127.0.0.1 localhost runner';

/** As AWS words it, whose own time it names. */
const SKEWED = refusal(
  403,
  'SignatureDoesNotMatch',
  'Signature not yet current: 20260101T050000Z is still later than 20260101T001500Z',
);

/** The trouble is temporary or harmless: the machine serves its task. */
function servesAllTheSame(
  name: string,
  options: CaseOptions,
  more: (machine: Machine) => void | Promise<void> = () => undefined,
  { within = 60, meanwhile }: CaseMore = {},
): void {
  machineCase(name, options, async (machine) => {
    await meanwhile?.(machine);
    machine.queue({ steps: ['true'] });
    await machine.off(within);
    expect(machine.cloud.results).toEqual(['success']);
    expect(lastWord(machine).outcome).toBe('served');
    expect(machine.group.decrements).toEqual([2]);
    await more(machine);
  });
}

/** The machine ends itself by abandoning its launch, claims nothing, and says why. */
function fails(
  name: string,
  options: CaseOptions,
  reason: RegExp,
  { within = 90, meanwhile }: CaseMore = {},
): void {
  machineCase(name, options, async (machine) => {
    const doing = meanwhile?.(machine);
    machine.queue({ steps: ['true'] });
    await machine.off(within);
    await doing;
    expect(groupCalls(machine)).toEqual(['CompleteLifecycleAction ABANDON']);
    expect(machine.cloud.count('claim')).toBe(0);
    expect(machine.group.decrements).toEqual([]);
    const word = lastWord(machine);
    expect(word.outcome).toBe('boot-failed');
    expect(word.reason).toMatch(reason);
  });
}

const withScript = (bootScript: string) => () => userDataOf({ bootScript });

// What passes.

servesAllTheSame('the hook is throttled twice', {
  cloud: {
    fate: ({ what }, nth) => (what.includes('CONTINUE') && nth < 3 ? THROTTLED : undefined),
  },
});

servesAllTheSame(
  "the hook's first answer is lost, and its repetition refused",
  {
    cloud: {
      fate: ({ what }, nth) => (what.includes('CONTINUE') && nth === 1 ? 'lost' : undefined),
    },
  },
  (machine) => {
    expect(machine.cloud.count('CompleteLifecycleAction CONTINUE')).toBe(2);
    expect(machine.log).toContain('a call whose answer was lost has worked');
  },
);

servesAllTheSame(
  'metadata takes a second and a half for each answer',
  { cloud: { imdsDelayMs: 1_500 } },
  undefined,
  {
    within: 90,
  },
);

servesAllTheSame(
  'metadata comes late',
  {
    cloud: {
      fate: (() => {
        const from = Date.now();
        return ({ what }) =>
          what.startsWith('imds') && Date.now() - from < 20_000 ? UNAVAILABLE : undefined;
      })(),
    },
  },
  undefined,
  { within: 90 },
);

servesAllTheSame(
  'names are known for moments only, in the first half a minute',
  { prepare: `mv /etc/hosts /etc/names; echo '${NO_NAMES}' >/etc/hosts` },
  undefined,
  {
    within: 150,
    meanwhile: async (machine) => {
      await untilFile(machine, '/run/runner-scaler/booting-since');
      for (let moment = 0; moment < 5; moment += 1) {
        await sleep(5_000);
        await machine.run(`cat /etc/names >/etc/hosts; sleep 0.3; echo '${NO_NAMES}' >/etc/hosts`);
      }
      await machine.run('cat /etc/names >/etc/hosts');
    },
  },
);

servesAllTheSame('the role may not read the secret yet', {
  cloud: {
    fate: ({ what }, nth) =>
      what === 'GetSecretValue' && nth < 4
        ? { status: 400, body: '{"__type":"AccessDeniedException"}' }
        : undefined,
  },
});

servesAllTheSame(
  'the clock is wrong for a while, at the boot and at the end, and the role comes late',
  {
    cloud: {
      fate: ({ what }, nth) => {
        if (what === 'imds iam/security-credentials/' && nth < 4) return { status: 404, body: '' };
        if (nth > 2) return undefined;
        if (what === 'GetSecretValue') {
          return {
            status: 400,
            body: '{"__type":"InvalidSignatureException","message":"Signature expired"}',
          };
        }
        return /^(CompleteLifecycle|Terminate|PutEvents)/.test(what) ? SKEWED : undefined;
      },
    },
  },
  (machine) => {
    expect(machine.cloud.count('Terminate')).toBe(3);
  },
);

servesAllTheSame(
  'the image lacks git and curl',
  { without: ['/usr/bin/git', '/usr/bin/curl'] },
  (machine) => {
    expect(machine.cloud.count('mirror /./git.deb')).toBe(1);
  },
  {
    meanwhile: (machine) => {
      const content = readFileSync(`${rootOf(machine.release)}/usr/bin/curl`);
      for (const [path, file] of mirrorOf({
        git: { path: 'usr/bin/git', content: '#!/bin/sh\n' },
        curl: { path: 'usr/bin/curl', content },
      })) {
        machine.cloud.packages.set(path, file);
      }
    },
  },
);

servesAllTheSame(
  "the boot script installs a package while dpkg's lock is held",
  {
    files: {
      '/usr/local/bin/hold-lock':
        "#!/usr/bin/python3\nimport fcntl, time\nf = open('/var/lib/dpkg/lock-frontend', 'w')\nfcntl.lockf(f, fcntl.LOCK_EX)\nopen('/run/lock-is-held', 'w')\ntime.sleep(12)\n",
      '/etc/systemd/system/lock-holder.service':
        '[Service]\nExecStart=/usr/local/bin/hold-lock\n[Install]\nWantedBy=sysinit.target\n',
    },
    prepare: 'systemctl enable lock-holder.service',
    userData: withScript(
      '[[ -e /run/lock-is-held ]]\napt-get update\napt-get install -y docker.io\n',
    ),
  },
  (machine) => {
    expect(machine.file('/usr/bin/docker')).toContain('echo docker');
  },
  {
    meanwhile: (machine) => {
      for (const [path, file] of mirrorOf({
        'docker.io': { path: 'usr/bin/docker', content: '#!/bin/sh\necho docker\n' },
      })) {
        machine.cloud.packages.set(path, file);
      }
    },
  },
);

servesAllTheSame('the log file cannot be written', {
  files: { '/var/log/runner-scaler.log/in-the-way': '' },
});

servesAllTheSame('logger and journald fail', {
  files: {
    '/usr/bin/logger': '#!/bin/sh\nexit 1\n',
    '/etc/systemd/journald.conf.d/none.conf': '[Journal]\nStorage=none\n',
  },
  userData: withScript(
    'systemctl kill --signal=KILL systemd-journald.service\nfor i in {1..50}; do echo line $i; done\n',
  ),
});

servesAllTheSame('D-Bus and logind hang', {
  userData: withScript('systemctl kill --signal=STOP dbus.service systemd-logind.service\n'),
});

machineCase(
  'the boot script opens the metadata address: it is closed again',
  { userData: withScript('nft flush ruleset\n') },
  async (machine) => {
    machine.queue({ steps: ['curl -s -m 3 http://169.254.169.254/latest/meta-data/ || echo $?'] });
    await machine.off(40);
    expect(machine.cloud.output).toEqual(['7\n']);
  },
);

machineCase(
  'what the boot script left running goes on beside the task',
  { userData: withScript('nohup sleep 1234 >/dev/null 2>&1 &\n') },
  async (machine) => {
    machine.queue({ steps: ['pgrep -f "sleep 1234"'] });
    await machine.off(40);
    expect(machine.cloud.results).toEqual(['success']);
  },
);

// What does not.

fails(
  'the secret does not exist',
  { cloud: { tokenSecret: 'another' } },
  /^cannot read the secret runner-scaler\/ci-Fleet\S+: HTTP 400 .*ResourceNotFoundException/,
  { within: 120 },
);
fails(
  'the secret is empty',
  { cloud: { secretString: '' } },
  / is empty; fill it with: aws secretsmanager/,
);
fails(
  'the secret holds its placeholder',
  { cloud: { secretString: TOKEN_PLACEHOLDER } },
  /still holds its placeholder; fill it/,
);
fails(
  'the secret holds JSON',
  { cloud: { secretString: '{"token":"x"}' } },
  /holds JSON; allowed: the bare/,
);
fails(
  'Secrets Manager is down',
  { cloud: { fate: ({ what }) => (what === 'GetSecretValue' ? UNAVAILABLE : undefined) } },
  /^cannot read the secret .*: HTTP 503/,
  { within: 120 },
);
fails(
  'the download of the agent is damaged',
  {
    agentOnImage: false,
    cloud: {
      fate: ({ what }) => (what.endsWith('.tar.gz') ? { status: 200, body: 'garbage' } : undefined),
    },
  },
  /does not have the checksum [0-9a-f]{64}$/,
);
fails(
  "the agent's host is down",
  {
    agentOnImage: false,
    cloud: { fate: ({ what }) => (what.startsWith('download') ? UNAVAILABLE : undefined) },
  },
  /^cannot download the manifest of the agent$/,
);
fails(
  "the agent's host hangs: the boot is ended by its limit",
  {
    agentOnImage: false,
    cloud: { fate: ({ what }) => (what.startsWith('download') ? 'hang' : undefined) },
  },
  /^the boot took longer than 120 s$/,
  { within: 150 },
);
fails('the mirror of packages is down', { without: ['/usr/bin/git'] }, /^cannot install git$/);
fails(
  'the mirror of packages is damaged',
  {
    without: ['/usr/bin/git'],
    cloud: {
      fate: ({ what }) => (what.endsWith('.deb') ? { status: 200, body: 'garbage' } : undefined),
    },
  },
  /^cannot install git$/,
  {
    meanwhile: (machine) => {
      for (const [path, file] of mirrorOf({
        git: { path: 'usr/bin/git', content: '#!/bin/sh\n' },
      })) {
        machine.cloud.packages.set(path, file);
      }
    },
  },
);
fails(
  'the boot script fails in its middle',
  { userData: withScript('echo first\nfalse\necho second\n') },
  /^the boot script of the config failed with status 1$/,
);
fails(
  'the boot script hangs',
  { userData: withScript('sleep 10000\n') },
  /^the boot took longer than 120 s$/,
  { within: 150 },
);
fails(
  'the boot script powers off',
  { userData: withScript('systemctl poweroff\nsleep 100\n') },
  /^the machine was told to stop during its boot$/,
  { within: 40 },
);
fails(
  'the power button is pressed during the boot script',
  { userData: withScript("trap '' TERM\ntouch /run/script-runs\nsleep 100\n") },
  /^the machine was told to stop during its boot$/,
  {
    within: 40,
    meanwhile: async (machine) => {
      await untilFile(machine, '/run/script-runs');
      await machine.pressPowerButton();
    },
  },
);
fails(
  'the boot is killed',
  { userData: withScript('touch /run/script-runs\nsleep 100\n') },
  /^the boot was ended from outside \(killed, KILL\)$/,
  {
    within: 40,
    meanwhile: async (machine) => {
      await untilFile(machine, '/run/script-runs');
      await machine.run('systemctl kill --kill-whom=main --signal=KILL runner-scaler-boot.service');
    },
  },
);

machineCase(
  'the launch hook is gone: the machine, which the group ends, says so and ends itself',
  {
    cloud: {
      fate: ({ what }) =>
        what.includes('CONTINUE')
          ? refusal(400, 'ValidationError', 'No active Lifecycle Action found with instance ID i-0')
          : undefined,
    },
  },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(40);
    expect(machine.cloud.count('claim')).toBe(0);
    expect(groupCalls(machine)).toEqual([
      'CompleteLifecycleAction CONTINUE',
      'CompleteLifecycleAction ABANDON',
    ]);
    expect(lastWord(machine).reason).toMatch(
      /^cannot complete the launch hook \S+ of \S+: HTTP 400 .*No active/,
    );
  },
);

machineCase(
  'metadata never answers',
  { cloud: { fate: ({ what }) => (what.startsWith('imds') ? UNAVAILABLE : undefined) } },
  async (machine) => {
    await machine.off(120);
    expect(machine.cloud.calls).toEqual([]);
    expect(machine.log).toContain('the metadata service at http://169.254.169.254 does not answer');
    expect(machine.log).toContain('the group will notice that the machine is off');
  },
);

machineCase(
  'the machine is rebooted during the boot script',
  { userData: withScript('touch /run/script-runs\nsleep 100\n') },
  async (machine) => {
    await untilFile(machine, '/run/script-runs');
    await machine.run('systemctl --no-block reboot');
    await machine.off(60);
    expect(machine.cloud.count('CompleteLifecycleAction ABANDON')).toBeGreaterThanOrEqual(1);
    expect(machine.cloud.count('Terminate')).toBe(0);
    expect(machine.cloud.count('claim')).toBe(0);
  },
);

export async function untilFile(machine: Machine, path: string): Promise<void> {
  for (;;) {
    try {
      await machine.run(`[[ -e ${path} ]]`);
      return;
    } catch {
      await sleep(200);
    }
  }
}
