import { describe, expect, test } from '@jest/globals';
import {
  decodeState,
  type Failure,
  heldByOperator,
  holdBackWarning,
} from '../../lambda/scaler/composition.ts';
import { RUNNER_OUTCOMES } from '../../lambda/scaler/contract.ts';
import * as metrics from '../../lambda/scaler/contract/metrics.ts';
import type { Reason } from '../../lambda/scaler/policy.ts';
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

describe('the page for the person on call', () => {
  test.each<[heading: string, words: readonly string[]]>([
    ['### Reasons', Object.keys(REASONS)],
    ['### Outcomes', RUNNER_OUTCOMES],
    ['### Failures', Object.keys(FAILURES)],
    ['### Hold-back causes', Object.keys(metrics.HOLD_BACK_METRIC)],
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
    expect(PAGE).toContain(`; ${heldByOperator({ hold: 'paused' }, 0)?.sentence}`);
  });
});
