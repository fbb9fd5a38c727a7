import { sighted } from '../../../../lambda/scaler/waiting.ts';
import { expect, test } from '@jest/globals';
import type { State } from '../../../../lambda/scaler/hold-back/state.ts';
import { concerned, isWorthAPass } from '../../../../lambda/scaler/hold-back/worth-a-pass.ts';
import type { LastWord } from '../../../../lambda/scaler/contract.ts';
import { fleet } from '../quiet-fleet.ts';
import type { Memories } from '../../../../lambda/scaler/pass.ts';

const WATCH: State = { kind: 'watch', cause: 'agents-fail', since: 0, want: 1 };

test.each<[LastWord['outcome'], known: string, state: State | undefined, worth: boolean]>([
  ['served', 'nothing is watched', undefined, false],
  ['served', 'something is watched', WATCH, true],
  ['agent-failed', 'nothing is watched', undefined, true],
  ['agent-failed', 'something is watched', WATCH, false],
  ['boot-failed', 'nothing is watched', undefined, true],
  ['idle', 'nothing is watched', undefined, true],
  ['interrupted', 'something is watched', WATCH, false],
  ['expired', 'nothing is watched', undefined, false],
])('the word %s while %s is worth a pass: %s', (outcome, _known, state, worth) => {
  expect(isWorthAPass(word(outcome), memoriesOf(state))).toBe(worth);
});

test('a word of a class that is not known yet is worth a pass', () => {
  expect(isWorthAPass(word('served'), new Map())).toBe(true);
});

const WATCHED = 'watch agents-fail since 2026-03-02T09:00:00Z want 5';

test.each<[LastWord['outcome'], holdBack: string | undefined, reads: boolean]>([
  ['served', undefined, false],
  ['served', 'none', false],
  ['served', WATCHED, true],
  ['idle', undefined, true],
  ['idle', 'none', true],
  ['idle', WATCHED, false],
])('the word %s in a group whose tag is %s reads its counts: %s', (outcome, holdBack, reads) => {
  expect(concerned(word(outcome))(fleet('a', { holdBack }))).toBe(reads);
  expect(concerned(word(outcome))(fleet('b', { holdBack }))).toBe(false);
});

function word(outcome: LastWord['outcome']): LastWord {
  return { resourceClass: 'acme/a', instanceId: 'i-1', outcome, reason: 'so it was', phases: {} };
}

function memoriesOf(state: State | undefined): Memories {
  const seen = { at: 0, unclaimed: 0, running: 0, desired: 0, pending: [], inService: [] };
  const memory = { seen, waitedMs: 0, owedMs: 0 };
  const waiting = sighted(undefined, { ...seen, countedAt: 0, taking: [], owed: 0 });
  const queue = { source: 'circleci', resourceClass: 'acme/a', demand: undefined } as const;
  const rest = { waiting, readAt: 0, evidence: undefined };
  return new Map([['a', { ...queue, memory, state, ...rest }]]);
}
