/**
 * Networks that are not the public one: certificates of an authority that the image does not know, a proxy as the only
 * way out, no IPv4.
 */
import { expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from '../../runner-userdata/linux/agents/agents.ts';
import { AGENT_VERSION } from '../../runner-userdata/linux/agents/circleci/settings.ts';
import { REGISTRAR_TAG } from '../../runner-userdata/linux/agents/github/settings.ts';
import { gzipUserData } from '../../runner-userdata/linux/render.ts';
import type { UserDataOptions } from '../../runner-userdata/options.ts';
import { REGION, RUNNER_TOKEN } from '../instance-services/names.ts';
import { type CaseOptions, groupCalls, lastWord, machineCase } from './case.ts';
import { AGENT_FOLDER } from './cloud.ts';
import { DOCKER } from './docker.ts';
import { LDCONFIG } from './github-case.ts';
import { REGISTRAR_URL } from './github.ts';
import { GITLAB_TOKEN } from './gitlab.ts';
import { PROXY } from './hosts.ts';
import type { Machine } from './machine.ts';
import { mirrorOf } from './packages.ts';
import { authority, rootOf } from './roots.ts';
import { shortOptions } from './user-data.ts';

const AGENTS: Readonly<Record<string, Agent>> = {
  CircleCI: {
    source: 'circleci',
    runnerUrl: 'https://runner.circleci.com',
    retryOnInterruption: false,
    version: AGENT_VERSION,
  },
  'GitLab, docker': { source: 'gitlab', url: 'https://gitlab.example.com', executor: 'docker' },
  'GitLab, shell': { source: 'gitlab', url: 'https://gitlab.example.com', executor: 'shell' },
  GitHub: { source: 'github', gitHubUrl: 'https://github.com' },
};
type AgentName = keyof typeof AGENTS;

const PROXY_URL = `http://${PROXY.host}:${PROXY.port}`;
const NEVER_BY_PROXY = ['localhost', '127.0.0.1', '::1', '169.254.169.254', 'fd00:ec2::254'];
const AWS = ['autoscaling', 'events', 'secretsmanager'].map(
  (service) => `${service}.${REGION}.amazonaws.com`,
);

/** The hosts that an agent and its installation call, beside those of AWS. */
const HOSTS_OF: Readonly<Record<Agent['source'], readonly string[]>> = {
  circleci: ['runner.circleci.com', 'circleci-binary-releases.s3.amazonaws.com'],
  gitlab: ['gitlab.example.com', 'gitlab-runner-downloads.s3.amazonaws.com'],
  github: [
    new URL(REGISTRAR_URL).hostname,
    'github.com',
    'release-assets.githubusercontent.com',
    'broker.actions.githubusercontent.com',
  ],
};

const proxyWith = (noProxy: readonly string[] = []) => ({
  proxy: { url: PROXY_URL, noProxy: [...NEVER_BY_PROXY, ...noProxy] },
});
const certificates = () => ({ caCertificates: [readFileSync(authority().certificate, 'utf8')] });

/** The image as its publisher made it: it does not know the tests' own authority. */
const UNTRUSTING = 'rm /usr/local/share/ca-certificates/tests.crt; update-ca-certificates --fresh';

interface NetworkCase extends CaseOptions {
  readonly more?: () => Partial<UserDataOptions>;
}

function networkCase(
  agent: AgentName,
  name: string,
  { more = () => ({}), ...options }: NetworkCase,
  story: (machine: Machine) => Promise<void>,
): void {
  const settings = AGENTS[agent];
  if (settings === undefined) throw new Error(`no agent ${agent}`);
  const gitLab = settings.source === 'gitlab';
  machineCase(
    `${agent}: ${name}`,
    {
      ...(gitLab && { agent: 'gitlab-runner' }),
      userData: () => gzipUserData(shortOptions(settings, more())),
      ...options,
      cloud: { secretString: gitLab ? GITLAB_TOKEN : RUNNER_TOKEN, ...options.cloud },
      files: {
        ...(agent === 'GitLab, docker' && DOCKER),
        ...(agent === 'GitHub' && { '/usr/local/sbin/ldconfig': LDCONFIG }),
        ...options.files,
      },
    },
    async (machine) => {
      machine.network.forward();
      machine.cloud.metadata.set(`tags/instance/${REGISTRAR_TAG}`, REGISTRAR_URL);
      await story(machine);
    },
  );
}

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** What a job fetches: a page, and the references of a repository. */
function serveJob(machine: Machine): void {
  for (const [path, file] of [
    ['page', 'a page\n'],
    ['app.git/info/refs?service=git-upload-pack', `${COMMIT}\trefs/heads/main\n`],
    ['app.git/HEAD', 'ref: refs/heads/main\n'],
  ] as const) {
    machine.cloud.packages.set(path, file);
  }
}

const JOB = [
  'curl -sS --max-time 10 https://git.test/page',
  'git ls-remote https://git.test/app.git',
  'env | grep -iE "proxy|_CA|SSL|BUNDLE" | sort',
  'curl -s -o /dev/null -m 3 http://169.254.169.254/latest/meta-data/ || echo closed $?',
];

/** As the lines of `env`, sorted as `sort` does there. */
const variable = (name: string, value: string) =>
  expect.stringContaining(`${name}=${value}\n`) as unknown as string;

for (const [agent, { source }] of Object.entries(AGENTS)) {
  networkCase(
    agent,
    'the only way out is a proxy, and everything has certificates of an own authority',
    {
      more: () => ({
        ...proxyWith(['internal.example.com', '.internal.example.com']),
        ...certificates(),
        bootScript:
          'curl --silent --show-error --fail https://git.test/page >/boot-script-page\nenv >/boot-script-env\n',
      }),
      network: { proxy: {} },
      agentOnImage: false,
      without: ['/usr/sbin/nft'],
      files: { '/etc/apt/sources.list': 'deb [trusted=yes] https://mirror.test/ ./\n' },
      prepare: UNTRUSTING,
    },
    async (machine) => {
      serveJob(machine);
      const content = readFileSync(join(rootOf(machine.release), 'usr/sbin/nft'));
      for (const [path, file] of mirrorOf({ nftables: { path: 'usr/sbin/nft', content } })) {
        machine.cloud.packages.set(path, file);
      }
      machine.queue({ steps: JOB });
      await machine.off(100);
      expect(machine.cloud.results).toEqual([source === 'github' ? 'Succeeded' : 'success']);
      const [page, refs, variables = '', metadata] = machine.cloud.output;
      expect(page).toBe('a page\n');
      expect(refs).toContain(`${COMMIT}\trefs/heads/main`);
      for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY']) {
        expect(variables).toEqual(variable(name, PROXY_URL));
      }
      for (const name of ['no_proxy', 'NO_PROXY']) {
        expect(variables).toEqual(
          variable(
            name,
            [...NEVER_BY_PROXY, 'internal.example.com', '.internal.example.com'].join(','),
          ),
        );
      }
      expect(variables).toContain('NODE_EXTRA_CA_CERTS=/usr/local/share/runner-scaler/ca.pem\n');
      expect(metadata).toBe('closed 7\n');
      expect(lastWord(machine).outcome).toBe('served');
      expect(machine.group.decrements).toEqual([2]);
      expect(machine.file('/boot-script-page')).toBe('a page\n');
      expect(machine.file('/boot-script-env')).toContain(`https_proxy=${PROXY_URL}\n`);
      const proxied = new Set(machine.network.proxied);
      const needed = AWS.filter((host) => source !== 'github' || !host.startsWith('secrets'));
      for (const host of [...needed, ...HOSTS_OF[source], 'mirror.test', 'git.test']) {
        expect([...proxied]).toContain(`${host}:443`);
      }
      // Only a proxy on the machine itself could have its metadata, and is asked for it.
      expect(machine.network.proxied.filter((host) => /169|fd00|local/.test(host))).toEqual([]);
      if (agent === 'GitLab, docker') {
        expect(machine.file('/etc/runner-scaler/agent.toml')).toContain('certs/ca.crt:ro');
      }
    },
  );
}

networkCase(
  'CircleCI',
  'the proxy dies during the task',
  { more: proxyWith, network: { proxy: {} } },
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 3'] });
    await machine.cloud.made('step 0');
    machine.network.refuse('proxy');
    // Leaving the group is tried for five minutes.
    await machine.off(400);
    expect(machine.log).toContain('ending this instance (served): the task has ended');
    expect(machine.log).toContain('the group could not be left within 300 s');
    expect(machine.group.decrements).toEqual([]);
  },
);

networkCase(
  'GitLab, docker',
  'the proxy dies during the job, and AWS is reached without it',
  {
    more: () => proxyWith(['amazonaws.com', '.amazonaws.com']),
    network: { proxy: { direct: AWS } },
  },
  async (machine) => {
    machine.queue({ steps: ['true', 'sleep 3'] });
    await machine.cloud.made('step 0');
    machine.network.refuse('proxy');
    await machine.off(60);
    expect(lastWord(machine).outcome).toBe('served');
    expect(machine.group.decrements).toEqual([2]);
    expect(machine.network.proxied.filter((host) => host.includes('amazonaws'))).toEqual([]);
  },
);

networkCase(
  'GitHub',
  'the proxy dies before a job comes, and the machine is told to stop: it does not wait without end',
  {
    more: () => ({ ...proxyWith(['amazonaws.com', '.amazonaws.com']), drainTimeoutSeconds: 3_600 }),
    network: { proxy: { direct: AWS } },
  },
  async (machine) => {
    await machine.cloud.made('github session');
    // Only then has the listener the answer to its first call.
    await machine.run('until journalctl | grep -q "Listening for Jobs"; do sleep 0.2; done');
    await machine.run('until [[ -e /run/runner-scaler/booted ]]; do sleep 0.1; done');
    machine.network.refuse('proxy');
    await machine.pressPowerButton();
    await machine.off(120);
    expect(machine.log).toContain(
      'it is not known whether the runner may end, so it stays: HTTP 000',
    );
    expect(machine.log).toContain('ending the runner: it has no job, and for 60 s');
    expect(machine.group.decrements).toEqual([2]);
    expect(lastWord(machine).outcome).toBe('interrupted');
  },
);

for (const agent of ['CircleCI', 'GitLab, shell', 'GitHub']) {
  networkCase(
    agent,
    'the proxy is dead from the start, and AWS is reached without it',
    {
      more: () => proxyWith(['amazonaws.com', '.amazonaws.com']),
      network: { proxy: { up: false, direct: AWS } },
    },
    async (machine) => {
      await machine.off(60);
      expect(groupCalls(machine)).toEqual(['CompleteLifecycleAction ABANDON']);
      expect(lastWord(machine)).toMatchObject({
        outcome: 'boot-failed',
        reason: `the proxy ${PROXY_URL} does not answer; check that it runs, and that the subnets and security groups of the machines reach it`,
      });
    },
  );
}

networkCase(
  'CircleCI',
  'the proxy is dead from the start, and with it everything',
  { more: proxyWith, network: { proxy: { up: false } } },
  async (machine) => {
    await machine.off(90);
    expect(machine.cloud.calls).toEqual([]);
    expect(machine.log).toContain(`the proxy ${PROXY_URL} does not answer`);
    expect(machine.log).toContain('the launch could not be abandoned');
  },
);

/** A proxy on the machine itself, and what it does but to fetch what it is asked for: see the stand-in. */
function localProxy(settings: object, user = 'root'): NetworkCase {
  return {
    more: () => ({
      proxy: {
        url: 'http://127.0.0.1:3128',
        noProxy: [...NEVER_BY_PROXY, 'amazonaws.com', '.amazonaws.com'],
      },
    }),
    files: {
      '/usr/local/bin/local-proxy': readFileSync(join(AGENT_FOLDER, 'local-proxy'), 'utf8'),
      '/etc/local-proxy.json': JSON.stringify(settings),
      '/etc/systemd/system/local-proxy.service': `[Service]\nUser=${user}\nExecStart=/usr/local/bin/local-proxy\n[Install]\nWantedBy=sysinit.target\n`,
    },
    // As the DNS of a VPC says.
    prepare:
      'systemctl enable local-proxy.service; echo 169.254.169.254 instance-data.ec2.internal >>/etc/hosts',
  };
}

for (const [name, settings, from] of [
  [
    'a proxy on the machine resets its first tunnels, and then would fetch the metadata for jobs',
    { refuses: ['PUT', 'GET'], resets: 2 },
    'http://169.254.169.254',
  ],
  [
    'a proxy on the machine refuses the numbers of the metadata, and would fetch it by its name',
    { refuses: ['PUT', 'GET', 'CONNECT 169.254.', 'CONNECT [fd00:ec2:', 'CONNECT [::ffff:'] },
    'http://instance-data.ec2.internal',
  ],
] as const) {
  networkCase('CircleCI', name, localProxy(settings), async (machine) => {
    await machine.off(90);
    expect(groupCalls(machine)).toEqual(['CompleteLifecycleAction ABANDON']);
    expect(machine.cloud.count('claim')).toBe(0);
    expect(lastWord(machine).reason).toContain(
      `the proxy http://127.0.0.1:3128 fetches the metadata of this machine from ${from}, so jobs could`,
    );
  });
}

networkCase(
  'CircleCI',
  'a proxy on the machine starts late, hangs up at first, and is kept from the metadata by the firewall: it is used',
  localProxy({ late: 10, resets: 3 }, 'nobody'),
  async (machine) => {
    machine.queue({
      steps: [
        ...['--no-proxytunnel', '--proxytunnel'].map(
          (way) =>
            `curl --noproxy '' ${way} -s -m 9 -o /dev/null -w '%{http_connect} %{http_code}\n' http://169.254.169.254/latest/ || true`,
        ),
        'curl -sS --max-time 10 http://git.test/page',
      ],
    });
    serveJob(machine);
    await machine.off(120);
    expect(machine.cloud.output).toEqual(['000 502\n', '502 000\n', 'a page\n']);
    expect(lastWord(machine).outcome).toBe('served');
  },
);

networkCase(
  'CircleCI',
  'an authority that the config does not name',
  { prepare: UNTRUSTING },
  async (machine) => {
    await machine.off(120);
    expect(machine.cloud.calls).toEqual([]);
    expect(machine.log).toMatch(
      /cannot read the secret \S+: HTTP 000 curl: \(60\) SSL certificate problem: unable to get local issuer/,
    );
  },
);

networkCase(
  'CircleCI',
  'the certificates cannot be installed',
  { more: certificates, files: { '/usr/sbin/update-ca-certificates': '#!/bin/sh\nexit 1\n' } },
  async (machine) => {
    await machine.off(60);
    expect(groupCalls(machine)).toEqual(['CompleteLifecycleAction ABANDON']);
    expect(lastWord(machine).reason).toBe(
      'the certificate authorities of the config cannot be installed in /usr/local/share/ca-certificates; see the log of the boot',
    );
  },
);

networkCase(
  'CircleCI',
  'the certificates are installed, but not trusted',
  {
    more: certificates,
    files: {
      '/usr/sbin/update-ca-certificates': '#!/bin/sh\n: >/etc/ssl/certs/ca-certificates.crt\n',
    },
  },
  async (machine) => {
    await machine.off(60);
    expect(machine.log).toContain('/etc/ssl/certs/ca-certificates.crt lacks the certificate of ');
    expect(machine.log).toContain('cannot be installed in /usr/local/share/ca-certificates');
    expect(machine.cloud.count('claim')).toBe(0);
  },
);

networkCase(
  'CircleCI',
  'the image lacks what installs certificates, and the mirror has one of the own authority',
  {
    more: certificates,
    files: { '/etc/apt/sources.list': 'deb [trusted=yes] https://mirror.test/ ./\n' },
    prepare: UNTRUSTING,
    without: ['/usr/sbin/update-ca-certificates'],
  },
  async (machine) => {
    const content = readFileSync(join(rootOf(machine.release), 'usr/sbin/update-ca-certificates'));
    for (const [path, file] of mirrorOf({
      'ca-certificates': { path: 'usr/sbin/update-ca-certificates', content },
    })) {
      machine.cloud.packages.set(path, file);
    }
    serveJob(machine);
    machine.queue({ steps: JOB.slice(0, 2) });
    await machine.off(60);
    expect(machine.cloud.results).toEqual(['success']);
    expect(machine.cloud.count('mirror /./ca-certificates.deb')).toBe(1);
  },
);

for (const agent of ['CircleCI', 'GitLab, shell']) {
  networkCase(
    agent,
    'a subnet without IPv4',
    {
      more: () => ({ ipv6Only: true }),
      network: { ipv4: false },
      agentOnImage: false,
    },
    async (machine) => {
      serveJob(machine);
      machine.queue({
        steps: [
          ...JOB.slice(0, 2),
          "curl -g -s -o /dev/null -m 3 'http://[fd00:ec2::254]/latest/meta-data/' || echo closed $?",
        ],
      });
      await machine.off(60);
      expect(machine.cloud.results).toEqual(['success']);
      expect(machine.cloud.output.at(-1)).toBe('closed 7\n');
      expect(lastWord(machine).outcome).toBe('served');
      expect(machine.group.decrements).toEqual([2]);
      expect(new Set(machine.cloud.hosts)).toEqual(
        new Set([
          ...AWS.map((host) => host.replace('amazonaws.com', 'api.aws')),
          agent === 'CircleCI' ? 'runner.circleci.com' : 'gitlab.example.com',
          `${agent === 'CircleCI' ? 'circleci-binary-releases' : 'gitlab-runner-downloads'}.s3.dualstack.us-east-1.amazonaws.com`,
          'git.test',
        ]),
      );
    },
  );
}
