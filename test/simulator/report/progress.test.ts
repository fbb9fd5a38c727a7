import { describe, expect, test } from '@jest/globals';
import { startProgress } from '../../../simulator/report/progress.ts';

const FROM = Date.UTC(2026, 10, 16, 6);
const HOUR = 3_600_000;
/** Clears what is left of a longer line before. */
const CLEAR = '\u001B[K';

describe('on a terminal', () => {
  test('the line is drawn over in place', () => {
    const { progress, clock, written } = start({ isTTY: true });
    progress.update({ at: FROM + HOUR, tasksServed: 12 });
    clock.ms += 200;
    progress.update({ at: FROM + 2 * HOUR, tasksServed: 30 });
    expect(written).toHaveLength(2);
    for (const text of written) {
      expect([text.startsWith('\r'), text.endsWith(CLEAR)]).toEqual([true, true]);
      expect(text.slice(1)).not.toMatch(/[\r\n]/);
    }
  });

  test('the line is redrawn at most every 100 ms', () => {
    const { progress, clock, written } = start({ isTTY: true });
    for (let step = 0; step < 1000; step++) {
      clock.ms += 1;
      progress.update({ at: FROM + step, tasksServed: step });
    }
    expect(written).toHaveLength(10);
  });

  test('the line never fills the width, where it would wrap', () => {
    const { progress, written } = start({ isTTY: true, columns: 40 });
    progress.update({ at: FROM + HOUR, tasksServed: 123_456 });
    expect(written[0]?.slice(1, -CLEAR.length)).toHaveLength(39);
  });

  test('the end is shown at once and the line is ended', () => {
    const { progress, written } = start({ isTTY: true });
    progress.update({ at: FROM, tasksServed: 0 });
    progress.finish({ at: FROM + 10 * HOUR, tasksServed: 99 });
    expect(written.join('')).toMatch(/100 % .* 99 tasks served.*\n$/);
  });
});

describe('where lines cannot be redrawn', () => {
  test('there is a line at each tenth, and 100 % is said once', () => {
    const { progress, written } = start({});
    for (let minute = 0; minute <= 600; minute++) {
      progress.update({ at: FROM + minute * 60_000, tasksServed: minute });
    }
    progress.finish({ at: FROM + 10 * HOUR, tasksServed: 600 });
    expect(written.map((line) => Number(line.slice(0, 4)))).toEqual([
      10, 20, 30, 40, 50, 60, 70, 80, 90, 100,
    ]);
    for (const line of written) expect(line).toMatch(/^[^\p{Cc}]*\n$/u);
  });

  test('a run that leaps over several tenths gives one line', () => {
    const { progress, written } = start({});
    progress.update({ at: FROM + 5 * HOUR, tasksServed: 5 });
    progress.update({ at: FROM + 5.5 * HOUR, tasksServed: 6 });
    expect(written).toHaveLength(1);
  });
});

describe('the line', () => {
  test('says the share, the virtual clock, the tasks and the speed', () => {
    const { progress, clock, written } = start({});
    clock.ms += 2000;
    progress.update({ at: FROM + 4 * HOUR, tasksServed: 1234 });
    expect(written).toEqual([
      ' 40 %  Mon 16 Nov 2026 10:00 UTC  1,234 tasks served  2 h simulated per second\n',
    ]);
  });

  test('never shows more than 100 %, also beyond the expected end', () => {
    const { progress, written } = start({});
    progress.finish({ at: FROM + 20 * HOUR, tasksServed: 1 });
    expect(written[0]).toMatch(/^100 % .* 1 task served/);
  });
});

function start(terminal: { readonly isTTY?: boolean; readonly columns?: number }) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = { ...terminal, write: (text: string) => written.push(text) };
  const period = { from: FROM, to: FROM + 10 * HOUR };
  return { written, clock, progress: startProgress({ ...period, stream, now: () => clock.ms }) };
}
