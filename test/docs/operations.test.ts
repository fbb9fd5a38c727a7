import { describe, expect, test } from '@jest/globals';
import {
  decodeState,
  type Failure,
  heldAt,
  holdBackWarning,
  lastWordLine,
  type Outcome,
  outcomeLine,
} from '../../lambda/scaler/composition.ts';
import { RUNNER_OUTCOMES } from '../../lambda/scaler/contract.ts';
import * as metrics from '../../lambda/scaler/contract/metrics.ts';
import type { Reason } from '../../lambda/scaler/policy.ts';
import { SEEN } from '../lambda/scaler/report-stage.ts';
import { flowing, pageOf, rowsOf, sectionOf } from './page.ts';

const PAGE = pageOf('docs/operations.md');

/** A reason that is missing here does not compile. */
const REASONS: Readonly<Record<Reason, true>> = {
  demand: true,
  'at-max': true,
  'at-min': true,
  present: true,
  owed: true,
  'boots-fail': true,
  'agents-fail': true,
  'tasks-unclaimed': true,
};

/** Nor does a kind of failure. */
const FAILURES: Readonly<Record<Failure['kind'], true>> = {
  'no-token': true,
  unauthorized: true,
  forbidden: true,
  'not-found': true,
  'bad-request': true,
  conflict: true,
  gone: true,
  'invalid-answer': true,
  throttled: true,
  unavailable: true,
  timeout: true,
  contention: true,
  refused: true,
  denied: true,
  stale: true,
  unexpected: true,
};

/** Every metric that the contract names, whatever the groups are called in which it names them. */
const METRICS = Object.entries(metrics).flatMap(([name, group]) =>
  name.endsWith('_METRIC') && typeof group === 'object' ? Object.values<string>(group) : [],
);

/** Of a pass in which everything is known and nothing is well. */
const OUTCOME: Outcome = {
  ...SEEN,
  fleet: { ...SEEN.fleet, suspended: ['Terminate'], hold: 'paused' },
  decision: { action: 'raise', desired: 5, want: 5, held: 1, reason: 'demand' },
  holdBack: { kind: 'watch', cause: 'boots-fail', since: 0, want: 1 },
  failure: { kind: 'stale', message: 'old' },
};

const WORD = {
  resourceClass: 'acme/linux',
  instanceId: 'i-1',
  outcome: 'idle',
  reason: 'no task came',
  phases: { boot: 40 },
} as const;

/** Of both lines, without those that the page names together and those that are metrics. */
const FIELDS = [
  outcomeLine('ci', OUTCOME),
  lastWordLine({ name: 'ci', metrics: false }, WORD, 0),
].flatMap((line) => Object.keys(JSON.parse(line) as object));
const TOGETHER = ['level', 'message', 'timestamp', 'Scaler', 'ResourceClass', '_aws'];

describe('the page for the person on call', () => {
  test.each<[heading: string, words: readonly string[]]>([
    ['### Reasons', Object.keys(REASONS)],
    ['### Outcomes', RUNNER_OUTCOMES],
    ['### Failures', Object.keys(FAILURES)],
    ['### Hold-back causes', Object.keys(metrics.HOLD_BACK_METRIC)],
    [
      '### Fields',
      [...new Set(FIELDS)].filter((field) => ![...TOGETHER, ...METRICS].includes(field)),
    ],
    ['### Metrics', METRICS],
  ])('has under %s every word of the code, and no other', (heading, words) => {
    const [, ...rows] = rowsOf(sectionOf(PAGE, heading));
    const explained = rows.map(([word = '']) => word.replaceAll('`', ''));
    expect(explained.toSorted()).toEqual([...words].toSorted());
    for (const row of rows) for (const cell of row) expect(cell).not.toBe('');
  });

  test('quotes the warning on a hold-back as it is in the log', () => {
    const [tag = ''] = /held boots-fail since [^"]+/.exec(PAGE) ?? [];
    const warning = holdBackWarning({ group: 'ci-runners.acme.linux' }, decodeState(tag)) ?? '';
    expect(warning).toContain(' aws autoscaling delete-tags ');
    expect(flowing(PAGE)).toContain(warning.slice(0, warning.indexOf(' --tags')));
  });

  test('quotes what an operator holds as it is in the log', () => {
    expect(PAGE).toContain(`; ${heldAt({ hold: 'paused' }, 0)?.sentence}`);
  });

  test('names commands that there are', () => {
    const program = pageOf('bin/runner-scaler.ts');
    const named = [...PAGE.matchAll(/npx runner-scaler ([a-z-]+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !program.includes(`    ${name}: {`))).toEqual([]);
  });
});
