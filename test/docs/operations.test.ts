import { readdirSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import {
  decodeState,
  type Failure,
  heldAt,
  holdBackWarning,
  lastWordLine,
  type Outcome,
  outcomeLine,
} from '../../lambda/scaler/composition.ts';
import { LIMIT_FIELD, RUNNER_OUTCOMES } from '../../lambda/scaler/contract.ts';
import * as metrics from '../../lambda/scaler/contract/metrics.ts';
import type { Reason } from '../../lambda/scaler/policy.ts';
import { limitsSeen } from '../../lambda/scaler/demand/rate-limit.ts';
import { QUERIES } from '../../lib/monitoring/queries.ts';
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

/** Of a line as it is written, also those that this one leaves out as they are not known. */
function fieldsOf(write: () => string): readonly string[] {
  const encode = jest.spyOn(JSON, 'stringify');
  write();
  const [line] = encode.mock.calls.at(-1) ?? [];
  encode.mockRestore();
  return Object.keys(line as object);
}

/** Of both lines, without those that the page names together and those that are metrics. */
const FIELDS = [
  ...fieldsOf(() => outcomeLine('ci', OUTCOME)),
  ...fieldsOf(() => lastWordLine({ name: 'ci', metrics: false }, WORD, 0)),
  ...Object.values(LIMIT_FIELD),
];
const TOGETHER = ['level', 'message', 'timestamp', 'Scaler', 'ResourceClass', '_aws'];

function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(new URL(`../../${folder}`, import.meta.url), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}${name}`);
}

/** The code, with the texts whole that it breaks over lines. */
function joined(path: string): string {
  return pageOf(path).replaceAll(/(['"`]) \+\s+['"`]/g, '');
}

const WORDS: readonly (readonly [heading: string, words: readonly string[]])[] = [
  ['### Reasons', Object.keys(REASONS)],
  ['### Outcomes', RUNNER_OUTCOMES],
  ['### Failures', Object.keys(FAILURES)],
  ['### Hold-back causes', Object.keys(metrics.HOLD_BACK_METRIC)],
  [
    '### Fields',
    [...new Set(FIELDS)].filter((field) => ![...TOGETHER, ...METRICS].includes(field)),
  ],
  ['### Metrics', METRICS],
];

/** The words that the table under a heading of the page explains. */
function explainedIn(page: string, heading: string): readonly string[] {
  const [, ...rows] = rowsOf(sectionOf(page, heading));
  for (const row of rows) for (const cell of row) expect(cell).not.toBe('');
  return rows.map(([word = '']) => word.replaceAll('`', ''));
}

describe('the page for the person on call', () => {
  test.each(WORDS)('has under %s every word of the code, and no other', (heading, words) => {
    expect(explainedIn(PAGE, heading).toSorted()).toEqual(words.toSorted());
  });

  test.each(WORDS)('could miss no word under %s unseen', (heading, words) => {
    for (const word of words) {
      const start = PAGE.indexOf(`\n| \`${word}\``, PAGE.indexOf(`\n${heading}\n`));
      const without = PAGE.slice(0, start) + PAGE.slice(PAGE.indexOf('\n', start + 1));
      expect(explainedIn(without, heading)).not.toContain(word);
      expect(explainedIn(without, heading)).toHaveLength(words.length - 1);
    }
  });

  test('has each sentence by which the scaler warns, and misses no file that does', () => {
    const rows = rowsOf(sectionOf(PAGE, '### Warnings of no class')).slice(1);
    const parts = rows.map(([part = '']) => /^`(.+)`$/.exec(part)?.[1] ?? part);
    const files = sourcesBelow('lambda/scaler/').map((path) => ({ path, text: joined(path) }));
    for (const part of parts) {
      expect(files.filter(({ text }) => text.includes(part))).not.toEqual([]);
    }
    const warning = files.filter(({ text }) =>
      /(?:onNotice\?\.|\bwarning|\btell)\((?!\w+:)/.test(text),
    );
    expect(warning.length).toBeGreaterThan(15);
    const unnamed = warning.filter(({ text }) => !parts.some((part) => text.includes(part)));
    // It passes on what other files say.
    expect(unnamed.map(({ path }) => path)).toEqual(['lambda/scaler/handler.ts']);
  });

  test('names the queries that are saved', () => {
    for (const name of Object.keys(QUERIES)) expect(flowing(PAGE)).toContain(`_${name}_`);
  });

  test('quotes the warning on few requests as it is in the log', () => {
    expect(PAGE).toContain('`N of M requests are left until …`');
    const notices: string[] = [];
    const clock = { now: () => 0 };
    const limits = limitsSeen({ of: 'GitHub', clock, onNotice: (notice) => notices.push(notice) });
    limits.answered(
      { 'ratelimit-limit': '100', 'ratelimit-remaining': '1', 'ratelimit-reset': '60' },
      { budget: { endsAt: 1, signal: new AbortController().signal }, advice: () => '' },
    );
    expect(notices.join()).toContain('1 of 100 requests are left until ');
  });

  test('quotes the warning on a hold-back as it is in the log', () => {
    const [tag = ''] = /held boots-fail since [^"]+/.exec(PAGE) ?? [];
    const warning = holdBackWarning({ group: 'ci-runners.acme.linux' }, decodeState(tag)) ?? '';
    expect(warning).toContain(' aws autoscaling delete-tags ');
    expect(flowing(PAGE)).toContain(warning.slice(0, warning.indexOf(' --tags')));
  });

  test('quotes what an operator holds as it is in the log', () => {
    expect(PAGE).toContain(`but the class is ${heldAt({ hold: 'paused' }, 0)?.sentence}`);
  });

  test('names commands that there are', () => {
    const program = pageOf('bin/runner-scaler.ts');
    const named = [...PAGE.matchAll(/npx runner-scaler ([a-z-]+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !program.includes(`    ${name}: {`))).toEqual([]);
  });
});
