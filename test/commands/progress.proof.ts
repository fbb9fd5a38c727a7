import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals';
import { inProgress } from '../../commands/progress.ts';
import { clearing, print } from '../../commands/screen.ts';
import { wrapped, ago } from '../../commands/words.ts';
import { readyStage, type ReadyStage, SOURCE_CONFIGS } from './each-source-stage.ts';
import { slowAccount } from './slow-account.ts';

describe('progress', () => {
  let said: string[] = [];

  beforeEach(() => {
    said = [];
    jest.useFakeTimers();
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said.push(String(text));
      return true;
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  test('is told of what takes longer than a second, and now and then after that', async () => {
    const work = inProgress(
      'reading',
      async () => new Promise<string>((resolve) => setTimeout(() => resolve('read'), 25_000)),
    );
    await jest.advanceTimersByTimeAsync(999);
    expect(said).toEqual([]);
    await jest.advanceTimersByTimeAsync(24_001);
    expect(await work).toBe('read');
    await jest.advanceTimersByTimeAsync(60_000);
    expect(said).toEqual(['reading …\n', 'reading … 11 s\n', 'reading … 21 s\n']);
  });

  test('is not told of what is quick or fails at once', async () => {
    await expect(
      inProgress('reading', async () => Promise.reject(new Error('no'))),
    ).rejects.toThrow('no');
    await jest.advanceTimersByTimeAsync(60_000);
    expect(said).toEqual([]);
  });
});

describe('a command that AWS keeps waiting', () => {
  let stage: ReadyStage;

  beforeAll(async () => {
    stage = await readyStage(SOURCE_CONFIGS.circleci);
  });

  afterAll(async () => stage.close());

  const LINUX = 'acme/linux';

  test.each<readonly [args: readonly string[], held: string, said: string]>([
    [['status'], 'sts:GetCallerIdentity', 'asking AWS who calls'],
    [['status'], 'logs:FilterLogEvents', 'reading the groups and the log'],
    [
      ['explain', LINUX],
      'autoscaling:DescribeScalingActivities',
      'reading the log and the record of launches',
    ],
    [['pause', LINUX], 'autoscaling:CreateOrUpdateTags', 'changing the groups'],
    [['resume', LINUX], 'autoscaling:DeleteTags', 'changing the groups'],
    [['drain', '--class', LINUX], 'autoscaling:SuspendProcesses', 'holding a group'],
    [['drain', '--class', LINUX, '--undo'], 'autoscaling:ResumeProcesses', 'releasing a group'],
    [['secret', 'set'], 'cloudformation:DescribeStacks', 'looking for the secret'],
    [['secret', 'set'], 'secretsmanager:PutSecretValue', 'filling the secret'],
    [
      ['reconcile', '--dry-run'],
      'lambda:GetFunctionConfiguration',
      'making a pass that changes nothing',
    ],
  ])('%j, at %s, says so on standard error, and nowhere else', async (args, held, said) => {
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = await slowAccount(stage.url, held, until);
    try {
      const { code, stdout, stderr } = await stage.typed([...args, '--json'], {
        url: slow.url,
        stdin: 'simulator-api-token',
        onStderr(text) {
          if (text.includes(' …')) release();
        },
      });
      expect(stderr).toContain(`${said} …\n`);
      expect(code).toBe(0);
      expect(stdout.split('\n')).toHaveLength(2);
      expect(JSON.parse(stdout)).toMatchObject({ account: '123456789012' });
    } finally {
      release();
      await slow.close();
    }
  });
});

describe('a screen', () => {
  const stdout = process.stdout as { isTTY?: boolean; columns?: number };
  const { isTTY, columns } = stdout;
  let said: string[];

  beforeEach(() => {
    said = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      said.push(String(text));
      return true;
    });
    Object.assign(stdout, { isTTY: true, columns: 60 });
    delete process.env['NO_COLOR'];
    process.env['TERM'] = 'xterm';
  });

  afterEach(() => {
    jest.restoreAllMocks();
    Object.assign(stdout, { isTTY, columns });
    delete process.env['NO_COLOR'];
  });

  const LONG =
    'acme/linux: nothing is launched any more; 2 machines: 2 in service; each takes one job at most';
  const COMMAND = `  npm run drain -- --class ${'x'.repeat(60)} --undo   lets the scaler launch again`;

  test('of 60 columns has lines of no more, but for what is to be copied', () => {
    print(`${LONG}\n${COMMAND}`);
    const lines = said.join('').split('\n');
    expect(lines).toContain(COMMAND);
    const others = lines.filter((line) => line !== COMMAND);
    expect(others.length).toBeGreaterThan(2);
    expect(others.filter((line) => line.length > 60)).toEqual([]);
  });

  test('that is none, as in a pipe, has every line whole', () => {
    Object.assign(stdout, { isTTY: false });
    print(LONG);
    expect(said).toEqual([`${LONG}\n`]);
    expect(clearing()).toBe('');
  });

  test('is cleared, unless it is not to be', () => {
    expect(clearing().startsWith('\u001B')).toBe(true);
    process.env['NO_COLOR'] = '1';
    expect(clearing()).toBe('');
    delete process.env['NO_COLOR'];
    process.env['TERM'] = 'dumb';
    expect(clearing()).toBe('');
  });
});

describe('a line', () => {
  test.each([
    ['a bc def', 100, 'a bc def'],
    ['one two three four five six seven', 24, 'one two three four five\n    six seven'],
    ['  one two three four five six', 24, '  one two three four\n    five six'],
    ['a-word-that-is-longer-than-the-line b', 24, 'a-word-that-is-longer-than-the-line\n    b'],
  ])('%j of %d columns', (line, columns, lines) => {
    expect(wrapped(line, { columns, indent: 4 })).toBe(lines);
  });

  test.each([
    [0, '0 s'],
    [-5, '0 s'],
    [119_400, '119 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
    [18_900_000, '5 h 15 min'],
    [3_456_000_000, '40 days'],
  ])('says %d ms as %s', (ms, said) => expect(ago(ms)).toBe(said));
});
