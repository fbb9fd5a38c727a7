import { describe, expect, test } from '@jest/globals';
import {
  decodeSchedules,
  ENDED_METRIC,
  type LastWord,
  LIMIT_FIELD,
  RUNNER_OUTCOMES,
} from '../../../lambda/scaler/contract.ts';
import { KEPT_SUSPENDED } from '../../../lambda/scaler/fleet/suspended.ts';
import type { Outcome } from '../../../lambda/scaler/pass.ts';
import { lastWordLine, outcomeLine } from '../../../lambda/scaler/report.ts';
import { NAMED, SEEN } from './report-stage.ts';

/** The metrics that a line declares, by their dimensions. */
function namesIn(line: string): Readonly<Record<string, readonly string[]>> {
  const { _aws } = JSON.parse(line) as {
    readonly _aws?: {
      readonly CloudWatchMetrics: readonly {
        readonly Dimensions: readonly (readonly string[])[];
        readonly Metrics: readonly { readonly Name: string }[];
      }[];
    };
  };
  return Object.fromEntries(
    (_aws?.CloudWatchMetrics ?? []).map(({ Dimensions, Metrics }) => [
      String(Dimensions[0]),
      Metrics.map(({ Name }) => Name),
    ]),
  );
}

describe('the line of one class and pass', () => {
  test('holds every number that was seen and the decision', () => {
    const line = outcomeLine('ci', SEEN);
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({
      level: 'INFO',
      message: 'pass',
      timestamp: '2026-03-02T09:00:00.000Z',
      Scaler: 'ci',
      ResourceClass: 'acme/linux',
      group: 'ci.acme.linux',
      UnclaimedTasks: 3,
      running: 1,
      want: 5,
      action: 'raise',
      reason: 'demand',
      desired: 5,
      previousDesired: 2,
      min: 0,
      max: 10,
      headroom: 1,
      pending: 1,
      inService: 1,
    });
  });

  test('says how many requests the source still takes, as far as it is known', () => {
    const line = (rateLimit: Outcome['rateLimit']): unknown =>
      JSON.parse(outcomeLine('ci', { ...SEEN, rateLimit }));
    const limit = { of: 'GitHub acme core', limit: 5_000, left: 4_999 };
    const [known, unknown] = [line({ ...limit, resetAt: SEEN.at + 1_500 }), line(undefined)];
    expect(known).toMatchObject({
      level: 'INFO',
      limitOf: 'GitHub acme core',
      requestsLeft: 4_999,
      requestsLimit: 5_000,
      requestsLeftPercent: 99,
      limitResets: '2026-03-02T09:00:01.500Z',
    });
    expect(line(limit)).not.toHaveProperty('limitResets');
    for (const field of Object.values(LIMIT_FIELD)) expect(unknown).not.toHaveProperty(field);
  });

  test('says that an operator holds the fleet, and warns where the tag says nothing clear', () => {
    const line = (hold: string | undefined): unknown =>
      JSON.parse(outcomeLine('ci', { ...SEEN, fleet: { ...SEEN.fleet, hold } }));
    expect(line(undefined)).not.toHaveProperty('hold');
    expect(line('drain')).toMatchObject({
      level: 'INFO',
      hold: 'held by an operator: nothing is launched until npm run drain -- --undo',
    });
    expect(line('yes')).toMatchObject({
      level: 'WARN',
      warning: expect.stringContaining('while the tag runner-scaler:hold is "yes"; allowed: drain'),
    });
  });

  test('says which schedules hold, and what they make of it', () => {
    const schedules = decodeSchedules(
      'mon 09:00-10:00 UTC min=2 headroom=3 + mon 08:00-12:00 UTC stop',
      10,
    );
    const line = (at: string): unknown =>
      JSON.parse(
        outcomeLine('ci', {
          ...SEEN,
          at: Date.parse(at),
          fleet: { ...SEEN.fleet, ...(schedules && { schedules }) },
        }),
      );
    expect(line('2026-03-02T09:00:00Z')).toMatchObject({
      level: 'INFO',
      headroom: 3,
      schedule: 'mon 09:00-10:00 UTC min=2 headroom=3; mon 08:00-12:00 UTC stop',
      hold: 'stopped by the schedule mon 08:00-12:00 UTC stop: nothing is launched until it ends',
    });
    const after = line('2026-03-02T12:00:00Z');
    expect(after).toMatchObject({ headroom: 1 });
    expect(after).not.toHaveProperty('schedule');
    expect(after).not.toHaveProperty('hold');
  });

  test('declares its metrics as CloudWatch wants them', () => {
    expect(JSON.parse(outcomeLine('ci', SEEN))).toMatchObject({
      _aws: {
        Timestamp: SEEN.at,
        CloudWatchMetrics: [
          {
            Namespace: 'RunnerScaler',
            Dimensions: [['Scaler', 'ResourceClass']],
            Metrics: [
              { Name: 'UnclaimedTasks', Unit: 'Count' },
              { Name: 'QueueSeconds', Unit: 'Seconds' },
            ],
          },
          {
            Namespace: 'RunnerScaler',
            Dimensions: [['Scaler']],
            Metrics: [{ Name: 'QueueSecondsBelowMax', Unit: 'Seconds' }],
          },
        ],
      },
    });
  });

  test('has what is seldom as metrics when it happens', () => {
    const decision = { ...SEEN.decision, held: 2 } as NonNullable<Outcome['decision']>;
    const failure = { kind: 'stale', message: 'old' } as const;
    const line = outcomeLine('ci', { ...SEEN, decision, failure });
    expect(JSON.parse(line)).toMatchObject({ HeldRunners: 2, FailedPasses: 1 });
    expect(namesIn(line)).toEqual({
      'Scaler,ResourceClass': ['UnclaimedTasks', 'QueueSeconds', 'FailedPasses', 'HeldRunners'],
      Scaler: ['QueueSecondsBelowMax', 'FailedPasses', 'HeldRunners'],
    });
  });

  test('has the seconds of waiting while tasks wait, and for the scaler below the maximum only', () => {
    const none = { ...SEEN, demand: { unclaimed: 0, running: 1 } };
    expect(namesIn(outcomeLine('ci', none))).toEqual({
      'Scaler,ResourceClass': ['UnclaimedTasks'],
    });
    const decision = { ...SEEN.decision, reason: 'at-max' } as NonNullable<Outcome['decision']>;
    expect(namesIn(outcomeLine('ci', { ...SEEN, decision }))).toEqual({
      'Scaler,ResourceClass': ['UnclaimedTasks', 'QueueSeconds', 'TasksAtMax'],
      Scaler: ['TasksAtMax'],
    });
    const held = { ...SEEN, fleet: { ...SEEN.fleet, hold: 'drain' } };
    expect(namesIn(outcomeLine('ci', held))).toEqual({
      'Scaler,ResourceClass': ['UnclaimedTasks', 'QueueSeconds'],
    });
    const unknown = { ...SEEN, demand: undefined, waitedMs: undefined, decision: undefined };
    expect(namesIn(outcomeLine('ci', unknown))).toEqual({});
  });

  test('of a fleet without tasks is a log line only, because metrics are billed by the hour', () => {
    const demand = { unclaimed: 0, running: 0 };
    const fleet = { ...SEEN.fleet, desired: 0, pending: [], inService: [] };
    const decision = { ...SEEN.decision, want: 0 } as NonNullable<Outcome['decision']>;
    const rest = { ...SEEN, fleet, demand, decision };
    const line = outcomeLine('ci', rest);
    expect(JSON.parse(line)).toMatchObject({ message: 'pass', UnclaimedTasks: 0 });
    expect(line).not.toContain('_aws');
    expect(outcomeLine('ci', { ...rest, fleet: { ...fleet, inService: ['i'] } })).not.toContain(
      '_aws',
    );
    const failure = { kind: 'stale', message: 'old' } as const;
    expect(outcomeLine('ci', { ...rest, failure })).toContain('_aws');
  });

  test.each<[suspended: readonly string[], found: string, follows: string, resumed: string]>([
    [['Launch'], 'Launch', 'no machine starts', 'Launch'],
    [
      ['AZRebalance', 'Terminate', 'Launch'],
      'Launch, Terminate',
      'no machine starts, and the group ends no machine, and those that should leave are counted as present',
      'Launch Terminate',
    ],
    [
      ['HealthCheck', 'ReplaceUnhealthy'],
      'HealthCheck, ReplaceUnhealthy',
      'machines that are gone are counted as present',
      'HealthCheck ReplaceUnhealthy',
    ],
  ])('of a group with %s suspended by hand warns', (suspended, found, follows, resumed) => {
    const warned = { ...SEEN, fleet: { ...SEEN.fleet, suspended } };
    expect(JSON.parse(outcomeLine('ci', warned))).toMatchObject({
      level: 'WARN',
      warning:
        `suspended in the group: ${found}, so ${follows}; resume with: aws autoscaling ` +
        `resume-processes --auto-scaling-group-name ci.acme.linux --scaling-processes ${resumed}`,
    });
  });

  test('of a group that is held back says why, since when, and what to do', () => {
    const holdBack = {
      kind: 'held',
      cause: 'boots-fail',
      since: Date.parse('2026-03-02T08:00:00Z'),
      next: Date.parse('2026-03-02T09:04:00Z'),
      waiting: 3,
      template: undefined,
    } as const;
    const trouble = 'Lifecycle Action was abandoned';
    const fleet = { ...SEEN.fleet, suspended: ['Launch'] };
    const line = JSON.parse(outcomeLine('ci', { ...SEEN, fleet, holdBack, trouble }));
    expect(line).toMatchObject({
      level: 'WARN',
      HeldForBoots: 1,
      holdBack: 'held boots-fail since 2026-03-02T08:00:00Z next 2026-03-02T09:04:00Z waiting 3',
      warning:
        'launches are held back since 2026-03-02T08:00Z because machines end before they are in service; ' +
        'one is tried at 2026-03-02T09:04Z if tasks wait; look at the reasons in the lines `runner ended`, ' +
        "or at a machine's console output; to release it at once: aws autoscaling delete-tags --tags " +
        'ResourceId=ci.acme.linux,ResourceType=auto-scaling-group,Key=runner-scaler:hold-back; ' +
        'the last launch came to nothing; AWS says: Lifecycle Action was abandoned; the group tries again by itself, ' +
        'and if it goes on, change what AWS names',
    });
    expect(namesIn(JSON.stringify(line))['Scaler,ResourceClass']).toContain('HeldForBoots');
  });

  test("of a launch that AWS could not start repeats AWS's sentence, with nothing held back", () => {
    const trouble = 'You have requested more vCPU capacity than your current vCPU limit allows';
    expect(JSON.parse(outcomeLine('ci', { ...SEEN, trouble: `${trouble}.` }))).toMatchObject({
      level: 'WARN',
      warning: expect.stringContaining(
        `the last launch came to nothing; AWS says: ${trouble}; the group tries again by itself`,
      ),
    });
  });

  test('of a suspended process repeats what Auto Scaling says on it', () => {
    const suspendedBecause = new Map([['Launch', 'User suspended at 2026-03-02T08:00:00Z']]);
    const fleet = { ...SEEN.fleet, suspended: ['Launch'], suspendedBecause };
    expect(outcomeLine('ci', { ...SEEN, fleet })).toContain(
      'suspended in the group: Launch (User suspended at 2026-03-02T08:00:00Z), so no machine starts',
    );
  });

  test('does not warn of processes that the rule does without, and a failure stays an error', () => {
    const suspended = [
      ...KEPT_SUSPENDED,
      'InstanceRefresh',
      'ScheduledActions',
      'AddToLoadBalancer',
    ];
    const fleet = { ...SEEN.fleet, suspended };
    const line = JSON.parse(outcomeLine('ci', { ...SEEN, fleet })) as Record<string, unknown>;
    expect(line).toMatchObject({ level: 'INFO' });
    expect(line).not.toHaveProperty('warning');
    const failed = {
      ...SEEN,
      fleet: { ...fleet, suspended: ['Launch'] },
      failure: { kind: 'stale', message: 'old' } as const,
    };
    expect(JSON.parse(outcomeLine('ci', failed))).toMatchObject({
      level: 'ERROR',
      warning: expect.stringContaining('no machine starts'),
    });
  });

  test('of a failure says why, and writes no number that is not known', () => {
    const failure = { kind: 'not-found', message: 'no such class' } as const;
    const line = JSON.parse(
      outcomeLine('ci', { ...SEEN, demand: undefined, decision: undefined, failure }),
    ) as Record<string, unknown>;
    expect(line).toMatchObject({
      level: 'ERROR',
      FailedPasses: 1,
      failure: 'not-found',
      error: 'no such class',
    });
    expect(namesIn(JSON.stringify(line))['Scaler,ResourceClass']).toEqual(['FailedPasses']);
    expect(line).not.toHaveProperty('UnclaimedTasks');
    expect(line).not.toHaveProperty('WantedRunners');
  });
});

describe('the line of a last word', () => {
  const WORD: LastWord = {
    resourceClass: 'acme/linux',
    instanceId: 'i-0123456789abcdef0',
    outcome: 'served',
    reason: 'the task has ended',
    phases: { kernel: 9, boot: 41.25, task: 300, life: 350 },
  };

  test('holds all of it, with the metrics as CloudWatch wants them', () => {
    const line = lastWordLine(NAMED, WORD, SEEN.at);
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({
      level: 'INFO',
      message: 'runner ended',
      timestamp: '2026-03-02T09:00:00.000Z',
      Scaler: 'ci',
      ResourceClass: 'acme/linux',
      instanceId: 'i-0123456789abcdef0',
      outcome: 'served',
      reason: 'the task has ended',
      phases: { kernel: 9, boot: 41.25, task: 300, life: 350 },
      bootSeconds: 41.25,
    });
  });

  test('has a metric, as CloudWatch wants it, where the machine did not end as it should', () => {
    const bad = { ...WORD, outcome: 'boot-failed' } as const;
    expect(JSON.parse(lastWordLine(NAMED, bad, SEEN.at))).toMatchObject({
      BootsFailed: 1,
      _aws: {
        Timestamp: SEEN.at,
        CloudWatchMetrics: [
          {
            Namespace: 'RunnerScaler',
            Dimensions: [['Scaler', 'ResourceClass']],
            Metrics: [{ Name: 'BootsFailed', Unit: 'Count' }],
          },
          {
            Namespace: 'RunnerScaler',
            Dimensions: [['Scaler']],
            Metrics: [{ Name: 'BootsFailed', Unit: 'Count' }],
          },
        ],
      },
    });
    const without = lastWordLine({ ...NAMED, metrics: false }, bad, SEEN.at);
    expect(without).not.toContain('_aws');
    expect(JSON.parse(without)).toMatchObject({ BootsFailed: 1 });
  });

  test.each([
    ['interrupted', 'INFO', 'RunnersInterrupted'],
    ['boot-failed', 'WARN', 'BootsFailed'],
    ['agent-failed', 'WARN', 'AgentsFailed'],
    ['expired', 'WARN', 'RunnersExpired'],
  ] as const)('of the outcome %s is of level %s and counts %s', (outcome, level, metric) => {
    const line = JSON.parse(lastWordLine(NAMED, { ...WORD, outcome }, SEEN.at)) as object;
    expect(line).toMatchObject({ level, [metric]: 1 });
    const others = Object.values(ENDED_METRIC).filter((each) => each !== metric);
    expect(Object.keys(line).filter((key) => others.some((other) => other === key))).toEqual([]);
    expect(['served', 'idle', ...Object.keys(ENDED_METRIC)]).toEqual([...RUNNER_OUTCOMES]);
  });

  test('of a machine that waited in vain has no metric: that is paid for daily, and nobody has to act', () => {
    const line = lastWordLine(NAMED, { ...WORD, outcome: 'idle' }, SEEN.at);
    expect(JSON.parse(line)).toMatchObject({ level: 'INFO', outcome: 'idle' });
    expect(line).not.toContain('_aws');
  });

  test('of a machine that never had an agent has no boot time, not one of zero', () => {
    const line = lastWordLine(NAMED, { ...WORD, phases: { kernel: 9 } }, SEEN.at);
    expect(line).not.toContain('bootSeconds');
    expect(lastWordLine(NAMED, { ...WORD, phases: { boot: 0 } }, SEEN.at)).toContain(
      '"bootSeconds":0',
    );
  });

  test('cannot be made to say something else by a reason or a phase', () => {
    const reason = '","level":"ERROR","_aws":{}}';
    const phases = { level: 1, message: 2, outcome: 3 };
    const line = lastWordLine(NAMED, { ...WORD, reason, phases }, SEEN.at);
    expect(JSON.parse(line)).toMatchObject({
      level: 'INFO',
      message: 'runner ended',
      outcome: 'served',
      reason,
    });
    expect(JSON.parse(line)).not.toHaveProperty('_aws');
  });
});
