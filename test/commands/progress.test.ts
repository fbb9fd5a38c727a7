import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { inProgress } from '../../commands/progress.ts';
import { wrapped, ago } from '../../commands/words.ts';

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
