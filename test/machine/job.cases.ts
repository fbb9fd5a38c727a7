/** What a job can reach, and what it cannot do to its machine. */
import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupCalls, lastWord, machineCase, SERVED } from './case.ts';
import { INSTANCE_ID, SECRETS } from '../instance-services/names.ts';
import { userDataOf } from './user-data.ts';

/** Defines `can NAME COMMAND`, which prints whether the job could; it may take five seconds. */
const CAN =
  'can() { if timeout 5 bash -c "$2" >/tmp/said 2>&1 </dev/null; then echo "$1: yes"; else echo "$1: no"; fi; cat /tmp/said >>/tmp/all-said; }';

const IMDS = 'curl -sf -m 3 -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60"';
const AGENT = '$(pgrep -o -f "circleci-runner machine")';

/** Each a word and a command that must not succeed for a job without rights. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  'metadata over IPv4': `${IMDS} http://169.254.169.254/latest/api/token`,
  'metadata over IPv6': `${IMDS} -g "http://[fd00:ec2::254]/latest/api/token"`,
  'metadata by a mapped address': `${IMDS} -g "http://[::ffff:169.254.169.254]/latest/api/token"`,
  'metadata by a number': `${IMDS} http://2852039166/latest/api/token`,
  'metadata from a port of root':
    "python3 -c \"import socket; s = socket.socket(); s.bind(('', 80)); s.connect(('169.254.169.254', 80))\"",
  'metadata as root of an own user namespace': `unshare --user --map-root-user ${IMDS} http://169.254.169.254/latest/api/token`,
  'the rules of the firewall': 'nft flush ruleset || nft list ruleset',
  "the agent's config": 'cat /etc/runner-scaler/agent.yaml',
  "the agent's config by its folder": 'ls /etc/runner-scaler',
  'the state of the machine': 'ls /var/lib/runner-scaler || ls /run/runner-scaler',
  'the script of the machine': 'cat /usr/local/lib/runner-scaler/runner',
  'what cloud-init keeps of the user data':
    'cat /var/lib/cloud/instance/user-data.txt || cat /var/lib/cloud/instance/scripts/*',
  'the log of the machine': 'cat /var/log/runner-scaler.log',
  'the journal': 'journalctl --no-pager -u runner-scaler-agent | grep -q agent',
  "the agent's environment": `cat /proc/${AGENT}/environ`,
  "the agent's memory": `head -c 1 /proc/${AGENT}/mem || cat /proc/${AGENT}/maps | grep -q .`,
  "the agent's open files": `ls /proc/${AGENT}/fd`,
  'killing the agent': `kill -KILL ${AGENT}`,
  'killing PID 1': 'kill -KILL 1 || kill -RTMIN+4 1',
  'stopping the agent': 'systemctl stop runner-scaler-agent || systemctl kill runner-scaler-agent',
  'powering off': 'systemctl poweroff || shutdown now || poweroff || reboot',
  'a unit of the system': 'systemd-run true || systemd-run --scope true',
  'a unit of its own': 'systemd-run --user true',
  lingering: 'loginctl enable-linger',
  'an inhibitor': 'timeout 2 systemd-inhibit --what=shutdown --mode=block true',
  'another prefix for tasks': 'echo x >>/usr/local/lib/runner-scaler/task',
  'another agent': 'echo x >>/usr/local/bin/circleci-runner',
  'another task agent': 'echo x >>/var/lib/circleci-runner/task-agent/task-agent',
  'root by sudo': 'sudo -n true',
  'leaving its control group':
    'echo $$ >/sys/fs/cgroup/systemd/cgroup.procs || echo $$ >/sys/fs/cgroup/cgroup.procs || echo $$ >/sys/fs/cgroup/unified/cgroup.procs',
};

machineCase('an unprivileged job reaches nothing of the machine', {}, async (machine) => {
  const probes = Object.entries(FORBIDDEN).map(
    ([name, command]) => `can "${name}" ${quote(command)}`,
  );
  machine.queue({
    steps: [
      [
        CAN,
        ...probes,
        'unshare --user --map-root-user true && echo namespaces may be made; ps -eo args; env; cat /tmp/all-said',
      ].join('\n'),
      'curl -sg -m 3 "http://[fd00:ec2::254]/" || echo $?',
      'find / -xdev -newer /etc/hostname -type f -readable 2>/dev/null | xargs -d "\\n" grep -l -e "f00d[c]afe" -e "wJalr[X]UtnFEMI" -e "AQAE[A]imds" 2>/dev/null || true',
    ],
  });
  await machine.off(120);
  const [said = '', closed, found] = machine.cloud.output;
  const answers = Object.fromEntries(
    [...said.matchAll(/^(.+): (yes|no)$/gm)].map(([, name, can]) => [name, can]),
  );
  expect(answers).toEqual(Object.fromEntries(Object.keys(FORBIDDEN).map((name) => [name, 'no'])));
  for (const secret of SECRETS) expect(said).not.toContain(secret);
  // Refused at once, not left waiting.
  expect(closed).toBe('7\n');
  expect(found).toBe('');
  expect(groupCalls(machine)).toEqual(SERVED);
  expect(lastWord(machine).outcome).toBe('served');
});

machineCase(
  'what sudo, where an image gives it, opens to a job',
  { files: { '/etc/sudoers.d/circleci': 'circleci ALL=(ALL) NOPASSWD:ALL\n' } },
  async (machine) => {
    const opened = {
      metadata: `sudo ${IMDS} http://169.254.169.254/latest/api/token`,
      'the runner token': 'sudo cat /etc/runner-scaler/agent.yaml',
    };
    const probes = Object.entries(opened).map(
      ([name, command]) => `can "${name}" ${quote(command)}`,
    );
    machine.queue({ steps: [[CAN, ...probes].join('\n')] });
    await machine.off(60);
    // As docs/security.md says: an image that gives its jobs root gives them the machine's role.
    expect(machine.cloud.output[0]).toBe('metadata: yes\nthe runner token: yes\n');
  },
);

machineCase('a container of root on a bridge, as Docker makes one', {}, async (machine) => {
  machine.queue({ steps: ['true', 'sleep 8'] });
  await machine.cloud.made('step 0');
  machine.network.forward();
  const asked = `${IMDS} http://169.254.169.254/latest/api/token`;
  const said = await machine.run(
    `ip netns add container
ip link add outside type veth peer name inside netns container
ip address add 172.17.0.1/24 dev outside; ip link set outside up
ip -n container address add 172.17.0.2/24 dev inside; ip -n container link set inside up; ip -n container link set lo up
ip -n container route add default via 172.17.0.1
nft 'table ip test_nat { chain post { type nat hook postrouting priority 100; ip saddr 172.17.0.0/24 masquerade; }; }'
ip netns exec container curl -s -o /dev/null -w 'endpoint %{http_code}\n' -k https://10.77.0.1/
ip netns exec container ${asked} >/dev/null; echo "metadata $?"
${asked} >/dev/null; echo "root of the host $?"`,
  );
  // The way out of the container is open, the one to the metadata is not.
  expect(said).toMatch(/^endpoint [2345]/m);
  expect(said).toMatch(/^metadata 7$/m);
  expect(said).toMatch(/^root of the host 0$/m);
  await machine.off(40);
});

machineCase('daemons of the job that ignore signals', {}, async (machine) => {
  machine.queue({
    steps: [
      `for i in {1..20}; do setsid nohup python3 -c "import signal, time
for number in (1, 2, 3, 10, 12, 13, 14, 15): signal.signal(number, signal.SIG_IGN)
time.sleep(9999)" >/dev/null 2>&1 & done; sleep 1`,
      '(crontab -l 2>/dev/null; echo "* * * * * sleep 9999") | crontab - || true; echo "sleep 9999" | at now || true',
    ],
  });
  await machine.off(40);
  expect(machine.cloud.results).toEqual(['success']);
  expect(machine.group.decrements).toEqual([2]);
});

machineCase('locks of the job on every file it can open', {}, async (machine) => {
  machine.queue({
    steps: [
      `setsid nohup python3 - >/tmp/locked 2>&1 <<'HOLD' &
import fcntl, os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
held = []
for folder in ('/run', '/var/lib', '/var/log', '/usr/local', '/etc'):
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                file = open(os.path.join(path, name))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held.append(file)
            except OSError:
                pass
print(len(held), flush=True)
time.sleep(9999)
HOLD
sleep 4; cat /tmp/locked`,
    ],
  });
  await machine.off(40);
  expect(Number(machine.cloud.output[0])).toBeGreaterThan(100);
  expect(machine.group.decrements).toEqual([2]);
});

machineCase('processes of the job, a thousand that ignore signals', {}, async (machine) => {
  machine.queue({
    steps: [
      `python3 - <<'FORKS'
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for number in range(1000):
    if os.fork() == 0:
        os.setsid()
        for fd in range(3): os.close(fd)
        time.sleep(9999)
FORKS`,
      'unit=$(grep -o "runner-scaler-task-[0-9]*.scope" /proc/self/cgroup | head -1); systemctl show --property=TasksMax,Before,KillSignal "$unit"',
    ],
  });
  await machine.off(60);
  expect(machine.cloud.output.at(-1)).toMatch(/TasksMax=\d+\n/);
  expect(machine.cloud.output.at(-1)).toContain('runner-scaler-agent.service');
  expect(machine.group.decrements).toEqual([2]);
  expect(lastWord(machine).outcome).toBe('served');
});

machineCase(
  'memory runs out: the job dies, the services of the machine do not',
  { memoryMiB: 400 },
  async (machine) => {
    machine.queue({
      steps: [
        'ps -eo pid,comm,args >/tmp/before',
        // Each below half the memory, so that none of them is the largest by far.
        `for i in {1..8}; do python3 -c "
import time
held = bytearray(120 * 2**20)
time.sleep(20)" & done; wait`,
      ],
    });
    await machine.cloud.made('step 0');
    const services = [
      'systemd-journald',
      'systemd-logind',
      'dbus-daemon',
      'cron',
      'runner watch-task',
    ];
    const ids = await Promise.all(
      services.map(async (name) => machine.run(`pgrep -o -f "${name}" || true`)),
    );
    await sleep(8_000);
    const after = await Promise.all(
      services.map(async (name) => machine.run(`pgrep -o -f "${name}" || true`)),
    );
    expect(after).toEqual(ids);
    expect(ids.every((id) => id !== '')).toBe(true);
    await machine.off(60);
    expect(machine.cloud.results).toHaveLength(1);
    expect(machine.group.decrements).toEqual([2]);
    expect(lastWord(machine).outcome).toBe('served');
  },
);

machineCase(
  'a process of the job that cannot be killed',
  { hungFolder: '/mnt' },
  async (machine) => {
    machine.queue({
      steps: ['setsid cat /mnt/anything >/dev/null 2>&1 & sleep 1'],
    });
    await machine.cloud.made('task success');
    const from = Date.now();
    await machine.cloud.made('Terminate');
    // Leaving the group waits for no process of the job.
    expect(Date.now() - from).toBeLessThan(10_000);
    await machine.cloud.made('PutEvents', 2);
    await machine.run(
      'for i in {1..100}; do ps -eo stat,args | grep -q "^D.*cat /mnt" && exit; sleep 0.1; done; exit 1',
    );
    // The computer of these tests cannot end the machine's kernel, so it ends what hangs.
    await sleep(20_000);
    machine.unhang();
    await machine.off(40);
    expect(machine.journal()).toContain('Reached target poweroff.target');
    expect(machine.group.decrements).toEqual([2]);
  },
);

machineCase(
  "an image with the agent's package: its config is the job user's, its service enabled and set to power off",
  {
    files: {
      '/etc/circleci-runner/circleci-runner-config.yaml':
        'api:\n  auth_token: another-token\n  url: https://runner.circleci.com\nrunner:\n  name: image\n  idle_timeout: 500s\n  max_run_time: 5h\n  command_prefix: ["sudo", "-niHu", "circleci", "--"]\n  working_directory: /tmp\n  task_agent_directory: /tmp\n',
      '/usr/lib/systemd/system/circleci-runner.service':
        '[Unit]\nDescription=of the package\n[Service]\nExecStart=/usr/bin/circleci-runner machine --config /etc/circleci-runner/circleci-runner-config.yaml\nExecStopPost=/sbin/shutdown now -h\nRestart=always\n[Install]\nWantedBy=multi-user.target\n',
    },
    prepare:
      'useradd --create-home circleci; cp /usr/local/bin/circleci-runner /usr/bin/; chown -R circleci: /etc/circleci-runner; install -d -o circleci /var/lib/circleci-runner /var/lib/circleci-runner/task-agent; systemctl enable circleci-runner.service',
  },
  async (machine) => {
    machine.queue({
      steps: [
        'pgrep -af "^/usr/bin/python3.*circleci-runner machine"; grep -rl f00dcafe /etc 2>/dev/null || true; (echo x >/var/lib/circleci-runner/task-agent/task-agent) 2>/dev/null && echo tampered || true',
      ],
    });
    await machine.off(60);
    expect(machine.cloud.results).toEqual(['success']);
    expect(machine.cloud.output[0]?.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^\d+ .*circleci-runner machine --config \/etc\/runner-scaler\/agent.yaml$/,
      ),
    ]);
    expect(machine.log).toContain(
      'the image brings circleci-runner.service: it is stopped and stays so',
    );
    expect(groupCalls(machine)).toEqual(SERVED);
  },
);

for (const [what, prepare, says] of [
  [
    'has no shell',
    'useradd --create-home --shell /usr/sbin/nologin circleci',
    /^circleci \/home\/circleci \/bin\/bash/,
  ],
  [
    'has no home',
    'useradd --no-create-home --home-dir /nonexistent --shell /bin/false circleci',
    /^circleci \/home\/circleci \/bin\/bash/,
  ],
  [
    'has a locked and expired account',
    'useradd --create-home --shell /bin/bash circleci; usermod --lock --expiredate 1 circleci',
    /^circleci \/home\/circleci \/bin\/bash/,
  ],
] as const) {
  machineCase(`the image's job user ${what}`, { prepare }, async (machine) => {
    machine.queue({
      steps: ['touch ~/made; cd "$HOME"; echo "$USER $PWD $SHELL"; getent passwd circleci'],
    });
    await machine.off(40);
    expect(machine.cloud.results).toEqual(['success']);
    expect(machine.cloud.output[0]).toMatch(says);
  });
}

machineCase(
  "the image's job user is root",
  { prepare: 'useradd --non-unique --uid 0 circleci' },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(40);
    expect(machine.cloud.count('claim')).toBe(0);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'boot-failed',
      reason:
        "the image's user circleci is root; allowed: no user of that name, or one without rights",
    });
  },
);

machineCase(
  'no secret is left on the machine but in the config of the agent',
  { userData: () => userDataOf({ machineLogs: true }) },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(40);
    const holders = machine.filesWith(SECRETS, ['etc', 'var', 'usr/local', 'root', 'home', 'tmp']);
    expect(holders).toEqual(['/etc/runner-scaler/agent.yaml']);
    const sent = machine.cloud.logEvents.map(({ message }) => message);
    expect(machine.console + sent.join('\n')).not.toMatch(/f00dcafe|wJalrXUtnFEMI|AQAEAimds/);
    expect(lastWord(machine)).toMatchObject({ 'instance-id': INSTANCE_ID });
  },
);

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
