import { describe, expect, test } from '@jest/globals';
import { encodeGitHubDemand } from '../../../lambda/scaler/contract.ts';
import type { Heard, PassPorts } from '../../../lambda/scaler/pass.ts';
import { reconcile } from '../../../lambda/scaler/reconcile.ts';
import { scalerOf } from '../../../lambda/scaler/scaler.ts';
import { manualClock } from '../../manual-clock.ts';
import { fleet } from './quiet-fleet.ts';

const gitHub = (name: string, at: string, state = {}) =>
  fleet(name, {
    source: 'github',
    resourceClass: name,
    demand: encodeGitHubDemand({ labels: [name], at, prefix: `ci-${name}-` }),
    ...state,
  });

const FLEETS = [
  fleet('linux', { inService: ['i-1'], desired: 1 }),
  gitHub('org', 'acme'),
  gitHub('repo', 'Acme/App'),
  gitHub('busy', 'octo', { inService: ['i-2'], desired: 1 }),
];

const CHANGE = { source: 'github', where: 'acme/app' } as const;

describe('a change in a repository', () => {
  test('is told to its source before the classes that serve there are read, and they alone', async () => {
    const { pass, calls } = stage();
    expect(await pass({ lastWords: [], changes: [CHANGE] })).toMatchObject({ fleets: 2 });
    expect(calls).toEqual(['changed acme/app', 'org', 'repo']);
  });

  test.each([
    ['of another repository', 'acme/lib', ['org']],
    ['of an owner in other letters', 'ACME/lib', ['org']],
    ['that nobody serves', 'other/app', []],
    ['of an owner whose name begins alike', 'acme-labs/app', []],
  ])('%s is about those who serve it', async (_name, where, read) => {
    const { pass, calls } = stage();
    await pass({ lastWords: [], changes: [{ source: 'github', where }] });
    expect(calls).toEqual([`changed ${where}`, ...read]);
  });

  test('goes with a pass that is due', async () => {
    const { pass, calls } = stage();
    await pass({ pass: true, lastWords: [], changes: [CHANGE] });
    expect(calls).toEqual(['changed acme/app', 'linux', 'org', 'repo', 'busy']);
  });

  test('goes with a wake-up of a machine', async () => {
    const { pass, calls } = stage();
    await pass({ about: ({ group }) => group === 'linux', lastWords: [], changes: [CHANGE] });
    expect(calls).toEqual(['changed acme/app', 'linux', 'org', 'repo', 'busy']);
  });

  test('is heard by a scaler that has no source for it, and by a source that reads everything', async () => {
    const { ports, calls } = stage();
    const { circleci } = ports.sources;
    const heard = { lastWords: [], changes: [CHANGE] };
    const bare = { ...ports, sources: { circleci } };
    await reconcile(bare, { heard, budgetMs: 15_000 });
    expect(calls).toEqual([]);
    const deaf = { ...ports, sources: { circleci, github: circleci } };
    expect(await reconcile(deaf, { heard, budgetMs: 15_000 })).toMatchObject({ fleets: 2 });
  });

  test('alone makes a pass of the scaler, and nothing makes none', async () => {
    const { ports, calls } = stage();
    const scaler = scalerOf(ports, { intervalMs: 15_000 });
    await scaler(60_000, { lastWords: [], changes: [] });
    expect(calls).toEqual([]);
    await scaler(60_000, { lastWords: [], changes: [CHANGE] });
    expect(calls).toEqual(['changed acme/app', 'org', 'repo']);
  });
});

function stage() {
  const calls: string[] = [];
  const reader = {
    classesAtOnce: 10,
    currentDemand: async ({ group }: { readonly group: string }) => {
      calls.push(group);
      return { unclaimed: 0, running: group === 'linux' || group === 'busy' ? 1 : 0 };
    },
  };
  const ports: PassPorts = {
    clock: manualClock(),
    memories: new Map(),
    sources: {
      circleci: reader,
      github: { ...reader, changed: (where) => void calls.push(`changed ${where}`) },
    },
    report: { outcome: () => undefined, warning: () => undefined },
    fleets: {
      discover: async () => ({ fleets: FLEETS, rejected: [], lookedFor: 'the tag of the test' }),
      describe: async () => FLEETS,
      setDesiredCapacity: async () => undefined,
      suspend: async () => undefined,
      resume: async () => undefined,
      keep: async () => undefined,
      activities: async () => ({ activities: [], next: undefined }),
    },
  };
  const pass = async (heard: Heard) => reconcile(ports, { heard, budgetMs: 15_000 });
  return { pass, ports, calls };
}
