/** What is particular to GitHub's runner. Its life is tested on real machines, in test/machine. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { REGISTRAR_TAG } from '../../runner-userdata/linux/agents/github/settings.ts';
import { gzipUserData, renderScript } from '../../runner-userdata/linux/render.ts';
import { PLATFORM_NAMES } from '../../runner-userdata/platforms.ts';
import { USER_DATA_LIMIT_BYTES } from '../../runner-userdata/user-data.ts';
import { ok, type Reply } from '../instance-services/reply.ts';
import type { CloudOptions } from './cloud.ts';
import { COMMANDS } from './commands.ts';
import { complaints } from './complaints.ts';
import { among, count, groupCalls } from './events.ts';
import {
  lastWord,
  LOG,
  OPTIONS,
  startMachine,
  type Machine,
  type MachineOptions,
} from './machine.ts';
import { readyMachine, RUN } from './ready.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

const CONFIG = '/etc/runner-scaler/jitconfig';
const HOME = '/opt/actions-runner';
const LISTENER = `${HOME}/bin/Runner.Listener`;
const STARTER = '/usr/local/lib/runner-scaler/task';
const JIT_CONFIG = 'eyJmMDBkY2FmZSI6Imp1c3QtaW4tdGltZSJ9Kw==';
const AGENT = {
  source: 'github',
  gitHubUrl: 'https://github.com',
} as const;

const listener = (version: string) => `#!/bin/bash\necho ${version}\n`;

function archiveOf(path: string): { readonly archive: Buffer; readonly sha256: string } {
  const folder = mkdtempSync(join(tmpdir(), 'runner-'));
  for (const each of ['bin', 'externals']) mkdirSync(join(folder, each));
  writeFileSync(join(folder, path), listener('2.336.0'), { mode: 0o755 });
  const archive = execFileSync('tar', ['-cz', '-C', folder, '.']);
  rmSync(folder, { recursive: true });
  return { archive, sha256: createHash('sha256').update(archive).digest('hex') };
}

const RELEASE = archiveOf('bin/Runner.Listener');

/** The proofs are tried on real machines: here they only record that they were asked for. */
const NO_PROOF = {
  systemctl: `[[ $* == 'start runner-scaler-proof.service' ]] && { : >"$ROOT/run/runner-scaler/proof"; exit; }
${COMMANDS['systemctl']}`,
  timeout: `[[ $* == *--prove* ]] && { echo 2.336.0; exit; }
PATH=$REAL_PATH exec timeout "$@"`,
  ldconfig: 'echo libicuuc.so.74 libssl.so.3 libgssapi_krb5.so.2 libz.so.1 libstdc++.so.6',
};

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

function registration(more: object = {}, sha256 = RELEASE.sha256): Reply {
  return ok(
    JSON.stringify({
      name: 'ci-gpu-i-0123456789abcdef0',
      jitConfig: JIT_CONFIG,
      runner: {
        version: '2.336.0',
        // The stand-in's port is known only later.
        url: `${machine.cloud.url}/actions/runner/releases/download/v2.336.0/runner.tar.gz`,
        sha256,
      },
      ...more,
    }),
  );
}

const WELL: CloudOptions = {
  registrar: (path) => (path === '/register' ? registration() : undefined),
  releases: () => ok(RELEASE.archive),
};

const TAGGED = new Map([
  [`tags/instance/${REGISTRAR_TAG}`, 'https://abc.lambda-url.eu-north-1.on.aws/'],
]);

async function boot(more: MachineOptions = {}, metadata = TAGGED): Promise<number> {
  machine = await startMachine({
    ...more,
    cloud: { ...WELL, ...more.cloud },
    userData: { agent: AGENT, ...more.userData },
    commands: { ...NO_PROOF, ...more.commands },
  });
  for (const [path, value] of metadata) machine.cloud.metadata.set(path, value);
  return machine.boot();
}

async function booted(more: MachineOptions = {}): Promise<void> {
  if ((await boot(more)) !== 0) throw new Error(machine.file(LOG));
}

async function expectFailure(reason: RegExp | string, cloud: CloudOptions): Promise<void> {
  expect(await boot({ cloud })).not.toBe(0);
  expect(lastWord(machine)?.['outcome']).toBe('boot-failed');
  expect(lastWord(machine)?.['reason']).toMatch(reason);
  expect(groupCalls(machine.events())).toEqual(['CompleteLifecycleAction ABANDON']);
}

describe('the just-in-time config', () => {
  test('is in a file of root alone, and nowhere else: no argument, no environment, no log', async () => {
    await booted();
    const holders = machine.files().filter((path) => machine.file(path).includes(JIT_CONFIG));
    expect(holders).toEqual([CONFIG]);
    expect(machine.file(CONFIG)).toBe(JIT_CONFIG);
    const mode = (path: string) => statSync(join(machine.root, path)).mode & 0o777;
    expect([mode(CONFIG), mode('/etc/runner-scaler')]).toEqual([0o600, 0o700]);
    expect(machine.output()).not.toContain(JIT_CONFIG);
  });

  test('is asked for before the hook is completed, and no secret is read', async () => {
    await booted();
    const order = ['registrar', 'CompleteLifecycleAction', 'systemctl start runner-scaler-agent'];
    expect(among(machine.events(), order)).toEqual(order);
    expect(count(machine.events(), 'GetSecretValue')).toBe(0);
    expect(machine.events()).toContain('registrar /register {"architecture":"x64"}');
  });

  test('is asked for with the architecture and the version of the image', async () => {
    await booted({
      commands: { uname: 'echo aarch64' },
      files: { [LISTENER]: listener('2.335.1'), [`${HOME}/externals/node`]: '' },
    });
    expect(machine.events()).toContain(
      'registrar /register {"architecture":"arm64","installed":"2.335.1"}',
    );
  });

  test('is not asked for while no tag names the registrar', async () => {
    expect(await boot({ userData: { bootTimeoutSeconds: 1 } }, new Map())).not.toBe(0);
    expect(lastWord(machine)?.['reason']).toBe(
      'the registrar gave no just-in-time config within 1 s: HTTP 000 the metadata of this instance has no tag runner-scaler:registrar',
    );
    expect(count(machine.events(), 'registrar')).toBe(0);
  });

  test('is asked for again while answers are temporary', async () => {
    let asked = 0;
    const temporary: readonly ReturnType<NonNullable<CloudOptions['registrar']>>[] = [
      'lost',
      'reset',
      { status: 429, body: '{"message":"later"}' },
      { status: 504, body: '{"message":"GitHub does not answer"}' },
      { status: 403, body: '{"Message":"Forbidden"}' },
    ];
    await booted({ cloud: { registrar: () => temporary[asked++] ?? registration() } });
    expect(asked).toBe(temporary.length + 1);
  });

  const later = (after: string): Reply => ({
    status: 429,
    headers: { 'retry-after': after },
    body: '{"message":"GitHub said that it is not to be asked yet"}',
  });
  /** But for those of what waits for the registration. */
  const pauses = () =>
    machine.events().filter((event) => event.startsWith('sleep ') && event !== 'sleep 0.2');

  test('is asked for again when the registrar says, each machine some tenths of a second later', async () => {
    const answers = [later('75'), later('8'), later('soon')];
    await booted({ cloud: { registrar: () => answers.shift() ?? registration() } });
    expect(pauses().slice(0, 3)).toEqual([
      expect.stringMatching(/^sleep 75\.\d$/),
      expect.stringMatching(/^sleep 8\.\d$/),
      // By itself: half to one and a half times as long as four seconds.
      expect.stringMatching(/^sleep [2-6]\.\d{3}$/),
    ]);
  });

  test('is asked for a last time before the registrar says, where the boot has no more time', async () => {
    expect(
      await boot({
        userData: { bootTimeoutSeconds: 8 },
        cloud: { registrar: () => later('600') },
      }),
    ).not.toBe(0);
    expect(lastWord(machine)?.['reason']).toMatch(
      /^the registrar gave no just-in-time config within 4 s: HTTP 429 /,
    );
    // On a machine so busy that none is left, test/machine shows it.
    expect(pauses().filter((pause) => Number(pause.split(' ')[1]) >= 5)).toEqual([]);
  });

  test.each([400, 403, 409, 422])(
    'that is refused with %d ends the boot at once',
    async (status) => {
      const message = `GitHub refuses the label "a"\nfor a reason of ${status}`;
      await expectFailure(
        `the registrar refuses this machine: GitHub refuses the label "a" for a reason of ${status}`,
        { registrar: () => ({ status, body: JSON.stringify({ message }) }) },
      );
      expect(count(machine.events(), 'registrar')).toBe(1);
    },
  );

  test('that the role may not ask for, even after a while, ends the boot', async () => {
    await expectFailure('the registrar refuses this machine: HTTP 403 {"Message":"Forbidden"}', {
      registrar: () => ({ status: 403, body: '{"Message":"Forbidden"}' }),
    });
    expect(count(machine.events(), 'registrar')).toBe(7);
  });

  test.each([
    ['is no JSON', () => ok('<html>')],
    ['lacks the config', () => registration({ jitConfig: undefined })],
    ['has a config that is no base64', () => registration({ jitConfig: 'a b' })],
    ['lacks the release', () => registration({ runner: {} })],
    ['has no checksum', () => registration({}, 'none')],
  ])('in an answer that %s ends the boot', async (_, answer) => {
    expect.hasAssertions();
    await expectFailure(
      'the registrar gave an answer without a just-in-time config, or without the release of a runner',
      { registrar: answer },
    );
  });
});

describe('the runner', () => {
  const imageWith = (version: string) => ({
    [LISTENER]: listener(version),
    [`${HOME}/externals/node`]: '',
    [`${HOME}/.runner`]: 'of another',
    [`${HOME}/.credentials`]: 'of another',
    [`${HOME}/.env`]: 'A=b',
  });

  test.each(['2.336.0', '2.336.1', '2.1000.0', '3.0.0'])(
    'of the image is used when it is %s',
    async (version) => {
      await booted({ files: imageWith(version) });
      expect(count(machine.events(), 'download')).toBe(0);
      expect(machine.file(LISTENER)).toBe(listener(version));
      expect([machine.has(`${HOME}/.runner`), machine.has(`${HOME}/.credentials`)]).toEqual([
        false,
        false,
      ]);
      expect(machine.file(`${HOME}/.env`)).toBe('A=b');
    },
  );

  test.each(['2.335.9', '2.99.0', '1.400.0'])(
    'of the image is replaced when it is %s',
    async (version) => {
      await booted({ files: imageWith(version) });
      expect(count(machine.events(), 'download')).toBe(1);
      expect(machine.file(LISTENER)).toBe(listener('2.336.0'));
      expect(machine.has(`${HOME}/externals/node`)).toBe(false);
    },
  );

  test('of the image is replaced when it does not run', async () => {
    await booted({ files: { [LISTENER]: '#!/bin/bash\nexit 134\n' } });
    expect(machine.file(LISTENER)).toBe(listener('2.336.0'));
  });

  test('that has another checksum is not installed', async () => {
    await expectFailure(/runner\.tar\.gz does not have the checksum [0-9a-f]{64}$/, {
      releases: () => ok('another'),
    });
    expect(machine.has(LISTENER)).toBe(false);
  });

  test('is not what the archive holds', async () => {
    expect.hasAssertions();
    const other = archiveOf('bin/Other');
    await expectFailure(/runner\.tar\.gz holds no bin\/Runner\.Listener$/, {
      releases: () => ok(other.archive),
      registrar: () => registration({}, other.sha256),
    });
  });

  test.each([
    ['ubuntu-24.04', 'apt-get -qq install --yes --no-install-recommends libicu74'],
    ['amazon-linux-2023', 'dnf --quiet --assumeyes install libicu'],
  ] as const)('gets the library that an image of %s lacks', async (platform, command) => {
    await booted({
      userData: { agent: AGENT, platform },
      commands: { ldconfig: 'echo libssl.so.3 libgssapi_krb5.so.2 libz.so.1 libstdc++.so.6' },
    });
    expect(machine.events()).toContain(command);
  });
});

describe('what the runner is started with', () => {
  test('gives shellcheck nothing to say', async () => {
    await booted();
    expect(complaints('shellcheck', ['--exclude=SC2016', '-'], machine.file(STARTER))).toBe('');
  });

  test('names the config nowhere but in the file it reads', async () => {
    await booted();
    expect(machine.file(STARTER)).not.toContain(JIT_CONFIG);
    expect(machine.file(STARTER)).toContain(`$(<${CONFIG})`);
  });
});

test('a failure that the watch of the runner has noted is the reason of the end', async () => {
  machine = await readyMachine({ userData: { agent: AGENT }, agentSeconds: 400 });
  machine.write(`${RUN}/agent-error`, 'the runner is too old');
  await machine.unit('agent', 'ExecStopPost', { ended: { EXIT_CODE: 'exited', EXIT_STATUS: '7' } });
  expect(await machine.runner('agent-ended')).toBe(0);
  expect(lastWord(machine)).toMatchObject({
    outcome: 'agent-failed',
    reason: 'the runner is too old',
  });
});

test.each(PLATFORM_NAMES)(
  'shellcheck has nothing to say about the whole for %s',
  async (platform) => {
    machine = await startMachine();
    const script = renderScript({ ...OPTIONS, platform, agent: AGENT, watchInterruption: true });
    expect(complaints('shellcheck', ['--exclude=SC2016,SC2034', '-'], script)).toBe('');
  },
);

test('user data leaves room for a boot script with all options', async () => {
  machine = await startMachine();
  const options = { ...OPTIONS, agent: AGENT, watchInterruption: true, logGroup: '/a/log/group' };
  expect(gzipUserData(options).length).toBeLessThan(USER_DATA_LIMIT_BYTES - 2_500);
});
