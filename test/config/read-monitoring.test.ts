import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../config/config-error.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { configOf } from '../lib/stack-fixture.ts';
import { MONITORED } from './monitored.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:on-call';

describe('monitoring in the config', () => {
  test('is on by default, with thresholds that follow from the classes', () => {
    expect(resolveConfig(configOf()).monitoring).toEqual(MONITORED);
    const slow = configOf({
      bootTimeoutMinutes: 20,
      idleTimeoutMinutes: 45,
      purchase: 'spot',
      max: 41,
    });
    expect(resolveConfig(slow).monitoring.alarms).toMatchObject({
      waitingMinutes: 22,
      excessMinutes: 75,
      interruptions: 9,
      failedBoots: 5,
    });
  });

  test('is off with one option, and without metrics', () => {
    expect(resolveConfig(configOf({}, { monitoring: false })).monitoring).toEqual({
      dashboard: false,
    });
    expect(resolveConfig(configOf({}, { metrics: false })).monitoring).toEqual({
      dashboard: false,
    });
    const monitoring = { alarms: false, dashboard: true } as const;
    expect(resolveConfig(configOf({}, { monitoring })).monitoring).toEqual({ dashboard: true });
  });

  test('takes thresholds, a topic that exists, or addresses', () => {
    const alarms = { topicArn: TOPIC, perClass: true, waitingMinutes: 30, atMaxMinutes: 240 };
    expect(resolveConfig(configOf({}, { monitoring: { alarms } })).monitoring.alarms).toEqual({
      ...MONITORED.alarms,
      ...alarms,
    });
    const emails = ['on-call@example.com'];
    expect(
      resolveConfig(configOf({}, { monitoring: { alarms: { emails } } })).monitoring.alarms,
    ).toMatchObject({ emails });
  });

  test.each<readonly [what: object, problem: string]>([
    [
      { monitoring: true },
      'monitoring is true; allowed: an object with the keys alarms, dashboard',
    ],
    [{ monitoring: { alarm: {} } }, 'monitoring: unknown key "alarm"; did you mean alarms?'],
    [
      { monitoring: { alarms: true } },
      'monitoring: alarms is true; allowed: an object with the keys topicArn, emails, perClass, waitingMinutes, atMaxMinutes, excessMinutes, failedBoots, interruptions',
    ],
    [
      { monitoring: { alarms: { topicArn: 'on-call' } } },
      'monitoring: alarms: topicArn is "on-call"; allowed: the ARN of a standard topic, such as arn:aws:sns:eu-central-1:111122223333:on-call',
    ],
    [
      { monitoring: { alarms: { topicArn: TOPIC, emails: ['a@example.com'] } } },
      'monitoring: alarms: emails and topicArn both have a value; allowed: one of them, because only the topic of the stack sends to emails',
    ],
    [
      { monitoring: { alarms: { waitingMinutes: 1 } } },
      'monitoring: alarms: waitingMinutes is 1; allowed: a whole number from 2 to 240',
    ],
    [
      { metrics: false, monitoring: {} },
      'monitoring has a value while metrics is false; allowed: only one of the two, because alarms and the dashboard are made of the metrics',
    ],
  ])('%j is refused in one sentence', (what, problem) => {
    expect(problemsOf({ ...configOf(), ...what })).toEqual([problem]);
  });

  test('adds no mistake of its own to one in a class', () => {
    const fleet = {
      bootTimeoutMinutes: 1_000,
      idleTimeoutMinutes: -1,
      max: -1,
      purchase: 'spot',
    } as const;
    expect(problemsOf(configOf(fleet)).filter((each) => each.includes('monitoring'))).toEqual([]);
  });
});

function problemsOf(config: unknown): readonly string[] {
  try {
    resolveConfig(config);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
