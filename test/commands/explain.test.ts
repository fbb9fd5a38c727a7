import { describe, expect, test } from '@jest/globals';
import { decisionSentence } from '../../commands/decision-words.ts';
import { type ExplainGiven, EXPLAIN, explainOptionsOf } from '../../commands/explain-options.ts';
import { explanationText } from '../../commands/explain-words.ts';
import { readLine } from '../../commands/log-lines.ts';
import { TAG } from '../../lambda/scaler/contract.ts';
import type { Reason } from '../../lambda/scaler/policy.ts';
import { outcomeLine } from '../../lambda/scaler/report.ts';
import type { LocalAccountOptions } from '../../simulator/account/local-account.ts';
import type { Failure, Outcome } from '../../lambda/scaler/pass.ts';
import { fleet } from '../lambda/scaler/quiet-fleet.ts';
import { typed } from '../cli/typed.ts';
import { explained, linuxGroup, stages } from './explained.ts';
import { LINUX, type LocalStage, MINUTE_MS, START, tasks, typedLocally } from './local-stage.ts';

const stageOf = stages();

/** A job of the class, and why it waits or why machines are there; driven until the sentence is in the log. */
interface Case {
  readonly options: Partial<LocalAccountOptions>;
  readonly seconds: number;
  readonly said: RegExp;
  /** What somebody does at the start. */
  readonly act?: (stage: LocalStage) => void;
}

const CASES: Readonly<Record<Reason, Case>> = {
  demand: {
    options: { tasks: tasks(2) },
    seconds: 30,
    said: /^2 waiting, 0 running; 0 in service, 0 booting: raised from 0 to 2, which is what the tasks need$/,
  },
  'at-max': {
    options: { tasks: tasks(6) },
    seconds: 30,
    said: /: raised from 0 to 4, which is the maximum of 4; the tasks need more$/,
  },
  'at-min': {
    options: {},
    seconds: 70,
    act: (stage) => stage.world.setBounds(linuxGroup(stage), 1, 4),
    said: /: left at 1, which is the minimum of 1; the tasks need fewer$/,
  },
  present: {
    options: { tasks: tasks(2, { cancelAfterMs: 30_000 }) },
    seconds: 130,
    said: /: left at 2, as so many are there; 0 are wanted, and the others end by themselves$/,
  },
  owed: {
    options: {
      tasks: tasks(2, { cancelAfterMs: 30_000 }),
      parameters: { launchLag: { min: 200, max: 200 } },
    },
    seconds: 70,
    said: /: left at 2, as so many were asked for and may be on their way; 0 are wanted/,
  },
  'boots-fail': {
    options: { tasks: tasks(3), parameters: { bootFailure: 1 } },
    seconds: 1500,
    said: /: left at \d; \d of the \d wanted are held back because machines end before they are in service; one is tried at \d\d:\d\d:\d\d UTC$/,
  },
  'agents-fail': {
    options: { tasks: tasks(3, { unclaimable: true }), parameters: { agentDeath: 1 } },
    seconds: 1500,
    said: /: left at \d; \d of the \d wanted are held back because agents end by themselves without a task; one is tried at \d\d:\d\d:\d\d UTC$/,
  },
  'tasks-unclaimed': {
    options: { tasks: tasks(3, { unclaimable: true }) },
    seconds: 3000,
    said: /: left at \d; \d of the \d wanted are held back because machines leave without a task while tasks wait; one is tried at \d\d:\d\d:\d\d UTC$/,
  },
};

describe('an explanation', () => {
  test.each(Object.entries(CASES))('tells %s', async (_reason, { options, seconds, said, act }) => {
    const stage = await stageOf(options);
    act?.(stage);
    await stage.at(seconds);
    const { decisions } = await explained(stage);
    expect(decisions.map(({ sentence }) => sentence)).toContainEqual(expect.stringMatching(said));
  });

  const HOLDS: readonly (readonly [what: string, tag: string, value: string, said: RegExp])[] = [
    [
      'an operator holds the class until a time',
      TAG.hold,
      '2026-03-02T18:00:00Z',
      /but the class is held by an operator: nothing is launched before 2026-03-02T18:00:00.000Z$/,
    ],
    [
      'an operator has paused the class',
      TAG.hold,
      'paused',
      /but the class is held by an operator: nothing is launched until npx runner-scaler resume$/,
    ],
    [
      'a drain holds the class',
      TAG.hold,
      'drain',
      /but the class is held by an operator: nothing is launched until npm run drain -- --undo$/,
    ],
    [
      'nobody understands the hold',
      TAG.hold,
      'maybe',
      /but the class is held by an operator: nothing is launched while the tag runner-scaler:hold is "maybe"; allowed: /,
    ],
    [
      'a schedule stops the class',
      TAG.schedule,
      'mon-sun 00:00-24:00 UTC stop',
      /but the class is stopped by the schedule mon-sun 00:00-24:00 UTC stop: nothing is launched until it ends$/,
    ],
  ];

  test.each(HOLDS)('says that %s, and that tasks need more', async (_what, tag, value, said) => {
    const stage = await stageOf({ tasks: tasks(3) });
    stage.world.setTag(linuxGroup(stage), tag, value);
    await stage.at(70);
    const { decisions } = await explained(stage);
    expect(decisions).toEqual([expect.objectContaining({ passes: 2 })]);
    const sentence = decisions[0]?.sentence ?? '';
    expect(sentence).toMatch(
      /^3 waiting, 0 running; 0 in service, 0 booting: left at 0; the tasks need more, /,
    );
    expect(sentence).toMatch(said);
  });

  test.each([
    [
      'mon-sun 00:00-24:00 UTC min=2',
      /: left at 2, which is the minimum of 2 by the schedule mon-sun 00:00-24:00 UTC min=2; the tasks need fewer$/,
    ],
    [
      'mon-sun 00:00-24:00 UTC headroom=1',
      /^0 waiting, 0 running, 1 to be kept ready; .*: left at 1, which is what the tasks need; in force is the schedule mon-sun 00:00-24:00 UTC headroom=1$/,
    ],
  ])('tells what the schedule %s keeps', async (schedule, said) => {
    const stage = await stageOf({});
    stage.world.setTag(linuxGroup(stage), TAG.schedule, schedule);
    await stage.at(130);
    const { decisions } = await explained(stage);
    expect(decisions.map(({ sentence }) => sentence)).toContainEqual(expect.stringMatching(said));
  });

  test('tells what was in force although its line is older than the time that is told', async () => {
    const stage = await stageOf({});
    await stage.at(9 * 60);
    const { decisions, from } = await explained(stage, 2);
    expect(decisions).toEqual([
      expect.objectContaining({ sentence: expect.stringMatching(/: left at 0, which is what/) }),
    ]);
    expect(decisions[0]?.from).toBeLessThan(from);
  });

  test('follows the machines to their ends', async () => {
    const stage = await stageOf({ tasks: tasks(2, { durationMs: 3 * MINUTE_MS }) });
    await stage.at(600);
    const text = explanationText(await explained(stage), { at: stage.now(), columns: undefined });
    expect(text.match(/in service after \d+ s; served its task and ended at 09:04/g)).toHaveLength(
      2,
    );
  });

  test('tells a boot that failed with the words of the machine and of AWS', async () => {
    const stage = await stageOf({ tasks: tasks(1), parameters: { bootFailure: 1 } });
    await stage.at(300);
    const text = explanationText(await explained(stage), { at: stage.now(), columns: undefined });
    expect(text).toMatch(
      /came to nothing after \d+ s; AWS says: .*ABANDON Result; its boot failed at 09:0\d:\d\d: simulated: the agent could not/,
    );
  });

  test('tells what AWS could not start', async () => {
    const stage = await stageOf({
      tasks: tasks(1),
      parameters: { noCapacityWindows: [{ from: 0, to: 600 }] },
    });
    await stage.at(200);
    const text = explanationText(await explained(stage), { at: stage.now(), columns: undefined });
    expect(text).toMatch(
      / no machine: came to nothing after 0 s; AWS says: We currently do not have/,
    );
  });

  test('marks the decision that was in force', async () => {
    const stage = await stageOf({ tasks: tasks(2) });
    await stage.at(400);
    const explanation = await explained(stage);
    const text = explanationText(explanation, { at: START + 30_000, columns: undefined });
    expect(text.split('\n').filter((line) => line.startsWith('>'))).toEqual([
      expect.stringMatching(/^> 09:00:00: 2 waiting.* raised from 0 to 2/),
    ]);
  });

  test('without a log says so', async () => {
    const stage = await stageOf({});
    stage.refuse('FilterLogEvents', 'ResourceNotFoundException');
    expect((await explained(stage)).notes).toEqual([expect.stringMatching(/has no log here/)]);
  });
});

const FAILURES: Readonly<Record<Failure['kind'], RegExp>> = {
  'invalid-answer': /was not what its API documents/,
  'bad-request': /refused the request/,
  unauthorized: /refused the credential/,
  forbidden: /does not allow/,
  'not-found': /does not know the class/,
  conflict: /conflicts/,
  gone: /does not exist any more/,
  throttled: /too many requests/,
  unavailable: /failed/,
  timeout: /no answer in time/,
  'no-token': /secret is empty, holds the placeholder/,
  contention: /another change/,
  refused: /refused the capacity/,
  denied: /role does not allow/,
  stale: /too old/,
  unexpected: /nobody expected/,
};

const UNKNOWN: Outcome = {
  fleet: fleet('linux'),
  at: START,
  demand: undefined,
  waitedMs: undefined,
  decision: undefined,
  finishing: undefined,
  holdBack: undefined,
  trouble: undefined,
  failure: undefined,
};

describe('a failed pass', () => {
  test.each(Object.entries(FAILURES))('of the kind %s is one sentence', (kind, said) => {
    const failure = { kind: kind as Failure['kind'], message: 'the words of the log' };
    const message = outcomeLine('ci', { ...UNKNOWN, failure });
    const line = readLine({ at: START, message });
    if (line?.kind !== 'pass') throw new Error('not read');
    const sentence = decisionSentence(line);
    expect(sentence).toMatch(
      /^0 in service, 0 booting: the pass failed, so the capacity was left at 0: .* \(the words of the log\)$/,
    );
    expect(sentence).toMatch(said);
  });
});

test('a pass that failed after it had decided tells the demand, and what it could not do', () => {
  const message = outcomeLine('ci', {
    ...UNKNOWN,
    demand: { unclaimed: 3, running: 0 },
    decision: { action: 'raise', desired: 3, want: 3, held: 0, reason: 'demand' },
    failure: { kind: 'contention', message: 'the words of AWS' },
  });
  const line = readLine({ at: START, message });
  if (line?.kind !== 'pass') throw new Error('not read');
  expect(decisionSentence(line)).toBe(
    '3 waiting, 0 running; 0 in service, 0 booting: the pass failed, so the capacity was left at 0, and not set to 3: ' +
      'another change of the group was under way (the words of AWS)',
  );
});

describe('the options', () => {
  const NOW = Date.parse('2026-03-02T12:00:00Z');
  const at = async (line: string) =>
    explainOptionsOf(await typed<ExplainGiven>(EXPLAIN, `${line} acme/linux`), NOW).at;

  test.each([
    ['', NOW],
    ['--at 2026-03-02T09:00:00Z', NOW - 180 * MINUTE_MS],
    ['--at 2026-03-02T10:00+01:00', NOW - 180 * MINUTE_MS],
    ['--at 3h', NOW - 180 * MINUTE_MS],
    ['--at 15m', NOW - 15 * MINUTE_MS],
    ['--at 2024-02-29T09:00:00Z', Date.UTC(2024, 1, 29, 9)],
    // The hour that the end of summer time in Berlin makes twice: the offset says which of the two.
    ['--at 2025-10-26T02:30+02:00', Date.UTC(2025, 9, 26, 0, 30)],
    ['--at 2025-10-26T02:30+01:00', Date.UTC(2025, 9, 26, 1, 30)],
    // And the one that its begin leaves out, which an offset names all the same.
    ['--at 2025-03-30T02:30+01:00', Date.UTC(2025, 2, 30, 1, 30)],
  ])('%j is a moment', async (line, moment) => expect(await at(line)).toBe(moment));

  test.each([
    '18:00',
    '2026-03-02T09:00:00',
    'yesterday',
    '2026-13-02T09:00:00Z',
    '2026-02-29T09:00:00Z',
    '2026-02-30T09:00:00+01:00',
    '2026-03-02T13:00:00Z',
  ])('%s is refused with what is allowed', async (time) => {
    await expect(at(`--at ${time}`)).rejects.toThrow(/^--at is ".*allowed: a time with its zone/);
  });
});

test('the command itself explains to a pipe, and names what is not deployed', async () => {
  const startAt = Date.now() - 3 * MINUTE_MS;
  const stage = await stageOf({ startAt, tasks: tasks(2, { releaseAt: startAt }) });
  await stage.advanceTo(Date.now());
  const { code, stdout } = await typedLocally(stage.url, ['explain', LINUX]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/raised from 0 to 2, which is what the tasks need\n/);
  const unknown = await typedLocally(stage.url, ['explain', 'acme/other']);
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toMatch(/^the resource class acme\/other is unknown; .*\n$/);
});
