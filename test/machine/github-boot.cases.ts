/** The boot of a machine whose agent is GitHub's runner: the registrar, and what the image has. */
import { expect } from '@jest/globals';
import { groupCalls, lastWord } from './case.ts';
import { gitHubCase } from './github-case.ts';
import { RUNNER_VERSION } from './github.ts';

for (const [status, message] of [
  [400, 'the architecture is not one that runners are made for'],
  [403, 'this machine is in no group of this scaler'],
  [409, 'the machine is in service, and registers only once'],
  [422, 'GitHub refuses the label "a \\"b\\"": it is too long'],
] as const) {
  gitHubCase(
    `the registrar refuses with ${status}`,
    { cloud: { fate: ({ what }) => refusalOf(what, status, message) } },
    async (machine) => {
      await machine.off(40);
      expect(machine.cloud.count('registrar register')).toBe(1);
      expect(groupCalls(machine)).toEqual(['CompleteLifecycleAction ABANDON']);
      expect(lastWord(machine)).toMatchObject({
        outcome: 'boot-failed',
        reason: `the registrar refuses this machine: ${message}`,
      });
    },
  );
}

function refusalOf(what: string, status: number, message: string) {
  return what === 'registrar register' ? { status, body: JSON.stringify({ message }) } : undefined;
}

gitHubCase(
  'the registrar flaps, is slow, loses answers: the machine registers in the end',
  {
    cloud: {
      fate: ({ what }, nth) => {
        if (what !== 'registrar register') return undefined;
        if (nth === 1) return 'lost';
        if (nth === 2) return { status: 503, body: '{"message":"GitHub does not answer"}' };
        if (nth === 3) return { status: 403, body: '{"Message":"Forbidden"}' };
        return nth === 4 ? { status: 429, body: '' } : undefined;
      },
    },
  },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(90);
    expect(machine.cloud.count('registrar register')).toBe(5);
    expect(machine.cloud.gitHub.runners).toHaveLength(2);
    expect(machine.cloud.results).toEqual(['Succeeded']);
    expect(lastWord(machine).outcome).toBe('served');
  },
);

gitHubCase(
  'the registrar says when to ask again: not before, and at the end of the time all the same',
  {
    more: { bootTimeoutSeconds: 60 },
    cloud: {
      fate: ({ what }, nth) => {
        if (what !== 'registrar register') return undefined;
        return {
          status: 429,
          headers: { 'retry-after': nth === 1 ? '12' : '3600' },
          body: '{"message":"GitHub said that it is not to be asked yet"}',
        };
      },
    },
  },
  async (machine) => {
    await machine.off(90);
    const [first, second, third, ...more] = machine.cloud.calls
      .filter(({ what }) => what === 'registrar register')
      .map(({ at }) => at);
    expect(more).toEqual([]);
    expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(12_000);
    // With what is left of 30 s, and not after an hour.
    expect(Number(third) - Number(first)).toBeGreaterThan(20_000);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'boot-failed',
      reason:
        'the registrar gave no just-in-time config within 30 s: HTTP 429 {"message":"GitHub said that it is not to be asked yet"}',
    });
  },
);

gitHubCase(
  'the registrar never answers well',
  {
    more: { bootTimeoutSeconds: 60 },
    cloud: {
      fate: ({ what }) =>
        what === 'registrar register'
          ? { status: 502, body: '{"message":"GitHub does not answer"}' }
          : undefined,
    },
  },
  async (machine) => {
    await machine.off(90);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'boot-failed',
      reason:
        'the registrar gave no just-in-time config within 30 s: HTTP 502 {"message":"GitHub does not answer"}',
    });
  },
);

gitHubCase(
  'the registrar gives an answer that is no registration',
  {
    cloud: {
      fate: ({ what }) =>
        what === 'registrar register' ? { status: 200, body: '<html>a proxy</html>' } : undefined,
    },
  },
  async (machine) => {
    await machine.off(40);
    expect(lastWord(machine).reason).toBe(
      'the registrar gave an answer without a just-in-time config, or without the release of a runner',
    );
  },
);

gitHubCase(
  'the image has a newer runner, configured as a service',
  { baked: '2.340.1' },
  async (machine) => {
    machine.queue({ steps: ['true'] });
    await machine.off(60);
    expect(machine.cloud.gitHub.registered).toEqual([
      { architecture: 'x64', installed: '2.340.1' },
    ]);
    expect(machine.cloud.count('download')).toBe(0);
    expect(machine.log).toContain('the runner 2.340.1 of the image is used');
    expect(machine.log).toContain('the image brings actions.runner.acme.baked.service');
    expect(machine.cloud.results).toEqual(['Succeeded']);
    expect(lastWord(machine).outcome).toBe('served');
  },
);

gitHubCase('the image has an older runner', { baked: '2.99.0' }, async (machine) => {
  machine.queue({ steps: ['true'] });
  await machine.off(60);
  expect(machine.cloud.count('download')).toBe(2);
  expect(machine.log).toContain(`installing the runner ${RUNNER_VERSION} in place of 2.99.0`);
  expect(machine.cloud.results).toEqual(['Succeeded']);
});

gitHubCase(
  'the image has a cache of tools',
  { files: { '/opt/hostedtoolcache/here': '', '/etc/environment': 'ImageOS="ubuntu24"\n' } },
  async (machine) => {
    machine.queue({ steps: ['echo $AGENT_TOOLSDIRECTORY $ImageOS'] });
    await machine.off(60);
    expect(machine.cloud.output).toEqual(['/opt/hostedtoolcache ubuntu24\n']);
  },
);
