import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  DEMAND_CHANGED,
  encodeDemandChange,
  type LastWord,
  REASON_LIMIT,
  RUNNER_ENDED,
  RUNNER_OUTCOMES,
  SCHEDULE_EVENT,
  TASK_ENDED,
} from '../../../lambda/scaler/contract.ts';
import { decodeEvent, MOST_PHASES } from '../../../lambda/scaler/invocation-event.ts';

const INSTANCE = 'i-0123456789abcdef0';
const SOURCE = 'runner-scaler.ci/acme/linux';

const DOWN = {
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  source: 'aws.ec2',
  'detail-type': 'EC2 Instance State-change Notification',
  account: '123456789012',
  time: '2026-11-11T21:29:54Z',
  region: 'us-east-1',
  resources: [`arn:aws:ec2:us-east-1:123456789012:instance/${INSTANCE}`],
  detail: { 'instance-id': INSTANCE, state: 'shutting-down' },
};
const TOLD = {
  ...DOWN,
  source: SOURCE,
  'detail-type': 'Runner Task Ended',
  resources: [],
  detail: { 'instance-id': INSTANCE },
};
const SAID = {
  'instance-id': INSTANCE,
  outcome: 'served',
  reason: 'the task has ended',
  phases: { kernel: 9, boot: 41.25, task: 300 },
};
const ENDED = { ...TOLD, 'detail-type': 'Runner Ended', detail: SAID };

describe("the schedule's event", () => {
  test('is its input, and nothing beside it', () => {
    expect(decode(SCHEDULE_EVENT)).toEqual({ kind: 'schedule' });
    expect(decode({ ...SCHEDULE_EVENT, detail: {} })).toMatchObject({ kind: 'refused' });
    expect(decode({ 'runner-scaler': 'Schedule' })).toMatchObject({ kind: 'refused' });
  });

  test('is no other event, whatever it holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.jsonValue(), almostEvent()), (event) => {
        expect(decode(event).kind).not.toBe('schedule');
      }),
    );
  });
});

describe('a wake-up', () => {
  test('by EC2 names a machine that shuts down, and no class', () => {
    expect(decode(DOWN)).toEqual({
      kind: 'wake-up',
      instanceId: INSTANCE,
      resourceClass: undefined,
    });
  });

  test('by a runner whose task has ended names its machine and its class', () => {
    expect(decode(TOLD)).toEqual({
      kind: 'wake-up',
      instanceId: INSTANCE,
      resourceClass: 'acme/linux',
    });
  });

  test.each(['i-1234567890abcdef0', 'i-1a2b3c4d'])('may be about %s', (id) => {
    expect(decode({ ...TOLD, detail: { 'instance-id': id } })).toMatchObject({ instanceId: id });
  });
});

describe('a last word', () => {
  test('holds what the machine said', () => {
    expect(decode(ENDED)).toEqual({
      kind: 'last-word',
      lastWord: {
        resourceClass: 'acme/linux',
        instanceId: INSTANCE,
        outcome: 'served',
        reason: 'the task has ended',
        phases: { kernel: 9, boot: 41.25, task: 300 },
      },
    });
  });

  test.each(RUNNER_OUTCOMES)('may tell of the outcome %s', (outcome) => {
    expect(wordOf({ ...SAID, outcome })).toMatchObject({ outcome });
  });

  test('has a reason on one line, without what cannot be seen', () => {
    const reason = '\u001B[31m apt-get\r\nfailed\u0000:\u2028 no\u202E space\uD800 left\t';
    expect(wordOf({ ...SAID, reason }).reason).toBe('[31m apt-get failed :  no  space  left');
  });

  test('has a reason of at most 500 characters, whole ones', () => {
    expect(wordOf({ ...SAID, reason: 'x'.repeat(500) }).reason).toBe('x'.repeat(500));
    expect(wordOf({ ...SAID, reason: 'x'.repeat(100_000) }).reason).toBe('x'.repeat(REASON_LIMIT));
    const long = wordOf({ ...SAID, reason: `x${'🚀'.repeat(1_000)}` }).reason;
    expect(long).toBe(`x${'🚀'.repeat(REASON_LIMIT / 2 - 1)}`);
  });

  test.each([undefined, null, 7, {}, ['a'], '', ' \n'])(
    'says so when its reason is %j',
    (reason) => {
      expect(wordOf({ ...SAID, reason }).reason).toBe('the machine gave no reason');
    },
  );

  test('keeps phases that nobody knows, and drops those that nobody can read', () => {
    const phases = JSON.parse(
      '{"x-y": 0, "boot": 1.5, "Boot": 1, "a b": 1, "": 1, "abcdefghijklmnopqrstu": 1, "__proto__": 1,' +
        '"text": "1", "none": null, "list": [1], "negative": -1, "endless": 1e999, "long": 1e7}',
    ) as unknown;
    expect(wordOf({ ...SAID, phases }).phases).toEqual({ 'x-y': 0, boot: 1.5 });
  });

  test('has at most sixteen phases, the first ones', () => {
    const names = Array.from(
      { length: 30 },
      (_, n) => `p${'x'.repeat(n % 19)}${n > 18 ? '-' : ''}`,
    );
    const phases = Object.fromEntries(names.map((name) => [name.slice(0, 20), 1]));
    expect(Object.keys(wordOf({ ...SAID, phases }).phases)).toEqual(
      Object.keys(phases).slice(0, MOST_PHASES),
    );
  });

  test.each([undefined, null, 'boot', 7, [1, 2]])(
    'needs no phases that can be read: %j',
    (phases) => {
      expect(wordOf({ ...SAID, phases }).phases).toEqual({});
    },
  );
});

describe('refused', () => {
  test.each<[what: string, event: unknown, why: string]>([
    ['nothing', undefined, 'the event is no object'],
    ['null', null, 'the event is no object'],
    ['a list', [TOLD], 'the event is no object'],
    ['a text', JSON.stringify(SCHEDULE_EVENT), 'the event is no object'],
    [
      'an empty event by hand',
      {},
      "the event's source is missing; allowed: aws.ec2, or a class of ci",
    ],
    ['an event without a source', { detail: {} }, "the event's source is missing"],
    [
      'a source that is no text',
      { ...TOLD, source: [SOURCE] },
      "the event's source is of type object",
    ],
    [
      "Scheduler's own event",
      { ...DOWN, source: 'aws.scheduler', 'detail-type': 'Scheduled Event', detail: '{}' },
      "the event is Scheduler's own, which it sends without the input of the stack",
    ],
    ['another service', { ...DOWN, source: 'aws.s3' }, 'the event\'s source is "aws.s3"'],
    [
      'a scaler whose name begins with its name',
      { ...ENDED, source: 'runner-scaler.ci-prod/acme/linux' },
      'the event\'s source is "runner-scaler.ci-prod/acme/linux"; allowed: aws.ec2, or a class of ci',
    ],
    [
      'a scaler whose name its name begins with',
      { ...ENDED, source: 'runner-scaler.c/acme/linux' },
      'the event\'s source is "runner-scaler.c/acme/linux"',
    ],
    [
      'a scaler without a class',
      { ...TOLD, source: 'runner-scaler.ci' },
      'source is "runner-scaler.ci"',
    ],
    [
      'a runner with another event',
      { ...TOLD, 'detail-type': 'Runner Born' },
      'the event of a runner of acme/linux is "Runner Born"; allowed: "Runner Task Ended", "Runner Ended"',
    ],
    ['a runner without a type', { ...TOLD, 'detail-type': undefined }, 'acme/linux is missing;'],
    [
      'a runner with an empty detail',
      { ...TOLD, detail: {} },
      "the event's instance-id is missing",
    ],
    [
      'a runner without a detail',
      { ...TOLD, detail: undefined },
      "the event's instance-id is missing",
    ],
    [
      'a runner whose detail is a text',
      { ...TOLD, detail: JSON.stringify(TOLD.detail) },
      "the event's instance-id is missing",
    ],
    ['EC2 without a machine', { ...DOWN, detail: null }, 'of state missing'],
    [
      'EC2 of another state',
      { ...DOWN, detail: { ...DOWN.detail, state: 'running' } },
      'EC2\'s event is "EC2 Instance State-change Notification" of state "running"; allowed:',
    ],
    [
      'EC2 of another event',
      { ...DOWN, 'detail-type': 'EC2 Spot Instance Interruption Warning' },
      'EC2\'s event is "EC2 Spot Instance Interruption Warning" of state',
    ],
    [
      'EC2 with an odd id',
      { ...DOWN, detail: { ...DOWN.detail, 'instance-id': 7 } },
      "the event's instance-id is of type number; allowed: an id such as i-0123456789abcdef0",
    ],
    ['an id of something else', { ...TOLD, detail: { 'instance-id': 'vol-1' } }, 'is "vol-1"'],
    [
      'an id with an end',
      { ...TOLD, detail: { 'instance-id': `${INSTANCE}\n` } },
      `is "${INSTANCE}"`,
    ],
    ['a last word of no machine', { ...ENDED, detail: { ...SAID, 'instance-id': '' } }, 'is ""'],
    [
      'a last word of an unknown outcome',
      { ...ENDED, detail: { ...SAID, outcome: 'Served' } },
      `the outcome of ${INSTANCE} of acme/linux is "Served"; ` +
        'allowed: served, idle, boot-failed, agent-failed, interrupted, expired',
    ],
    ['a last word of no outcome', { ...ENDED, detail: { 'instance-id': INSTANCE } }, 'is missing'],
    [
      'a last word of several',
      { ...ENDED, detail: { ...SAID, outcome: ['idle'] } },
      'of type object',
    ],
  ])('is %s, with what was wrong and what to send', (_what, event, why) => {
    const { problem } = decode(event) as { problem: string };
    expect(problem).toContain(why);
    expect(problem).toMatch(
      /; nothing was done; to ask for a pass send {"runner-scaler":"schedule"}$/,
    );
  });

  test('repeats no more than the beginning of a value, on one line', () => {
    const source = `a\n${'b'.repeat(1_000)}`;
    const { problem } = decode({ source }) as { problem: string };
    expect(problem).toContain(`"a ${'b'.repeat(58)}…"`);
    expect(problem).not.toContain('\n');
  });
});

describe('a change of the demand', () => {
  const { source, detailType, detail } = encodeDemandChange('ci', {
    source: 'github',
    where: 'acme/app.js',
  });
  const CHANGED = {
    ...TOLD,
    source,
    'detail-type': detailType,
    detail: JSON.parse(detail) as object,
  };

  test('names the repository', () => {
    expect([source, detailType, detail]).toEqual([
      'runner-scaler.ci/github',
      'Demand Changed',
      '{"source":"github","repository":"acme/app.js"}',
    ]);
    expect(decode(CHANGED)).toEqual({
      kind: 'change',
      change: { source: 'github', where: 'acme/app.js' },
    });
  });

  test.each<[name: string, detail: unknown, why: string]>([
    ['no detail', undefined, 'at source missing, repository missing'],
    ['no repository', { source: 'github' }, 'repository missing'],
    ['an owner alone', { source: 'github', repository: 'acme' }, 'repository "acme"'],
    ['a path', { source: 'github', repository: 'acme/app/../x' }, 'repository "acme/app/../x"'],
    ['another source', { source: 'gitlab', repository: 'acme/app' }, 'at source "gitlab"'],
    ['a list', { source: 'github', repository: ['acme/app'] }, 'repository of type object'],
  ])('with %s is refused', (_name, changed, why) => {
    const event = decode({ ...CHANGED, detail: changed });
    expect(event).toMatchObject({ kind: 'refused', problem: expect.stringContaining(why) });
  });

  test.each([
    ['another scaler', { source: 'runner-scaler.other/github' }],
    ['a machine', { source: 'runner-scaler.ci/linux' }],
    ['another type', { 'detail-type': 'Demand' }],
  ])('of %s is none', (_name, more) => {
    expect(decode({ ...CHANGED, ...more })).toMatchObject({ kind: 'refused' });
  });

  test('leaves the events of a class alone that is called like its source', () => {
    const ended = { ...ENDED, source: 'runner-scaler.ci/github' };
    expect(decode(ended)).toMatchObject({ kind: 'last-word' });
  });
});

function decode(event: unknown) {
  return decodeEvent(event, 'ci');
}

function wordOf(detail: unknown): LastWord {
  const event = decode({ ...ENDED, detail });
  if (event.kind !== 'last-word') throw new Error(`the event is ${JSON.stringify(event)}`);
  return event.lastWord;
}

/** Right in some of its parts. */
function almostEvent() {
  return fc.record(
    {
      source: fc.constantFrom('aws.ec2', 'aws.scheduler', SOURCE, 'runner-scaler.ci'),
      'detail-type': fc.constantFrom(
        TASK_ENDED.detailType,
        RUNNER_ENDED.detailType,
        DEMAND_CHANGED.detailType,
        DOWN['detail-type'],
        'Scheduled Event',
      ),
      detail: fc.oneof(
        fc.constantFrom('{}', {}, SAID, DOWN.detail),
        fc.record({ 'instance-id': fc.anything(), outcome: fc.anything(), phases: fc.anything() }),
      ),
      'runner-scaler': fc.anything(),
    },
    { requiredKeys: ['source'] },
  );
}
