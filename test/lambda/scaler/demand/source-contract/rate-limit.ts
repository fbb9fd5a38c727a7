/** What its answers say of the limit on requests is known for the pass, and changes nothing of what is read. */
import { describe, expect, test } from '@jest/globals';
import type { Received, Reply } from '../../../../http-server.ts';
import { TOKEN } from '../source-stage.ts';
import { GOOD, good, type SourceUnderTest, stageOf } from './under-test.ts';

const LIMIT = 2_000;
const RESET = Date.parse('2026-03-02T09:50:00Z') / 1000;

function left(count: number | string): Readonly<Record<string, string>> {
  return {
    date: 'Mon, 02 Mar 2026 09:00:00 GMT',
    'x-ratelimit-limit': String(LIMIT),
    'x-ratelimit-remaining': String(count),
    'x-ratelimit-reset': String(RESET),
  };
}

export function describeRateLimit(way: SourceUnderTest): void {
  const [queue] = way.queues;
  const answered = good(way, GOOD);

  async function staged(answer: (request: Received) => Reply) {
    const { source, pass, read, failure, notices, rereads } = await stageOf(way, answer);
    const budget = pass();
    const inPass = () => source.rateLimit?.(queue, budget);
    const readOnce = async () => source.currentDemand(queue, budget);
    return { read, readOnce, failure, inPass, notices, rereads };
  }

  /** Good answers, each of which leaves one request less. */
  function counting(from: number) {
    let count = from;
    return (request: Received): Reply => {
      count -= 1;
      return { ...answered(request), headers: left(count) };
    };
  }

  describe('the limit on requests', () => {
    test('is that of the pass where the least was left', async () => {
      const { readOnce, inPass } = await staged(counting(1_000));
      expect(inPass()).toBeUndefined();
      expect(await readOnce()).toEqual(GOOD);
      expect(inPass()).toMatchObject({
        of: expect.stringMatching(/^[A-Z]/),
        limit: LIMIT,
        left: 1_000 - way.paths.length,
        resetAt: RESET * 1000,
      });
    });

    test.each(['', '-3', 'none', '1e3'])('may be nonsense, such as "%s"', async (count) => {
      const { readOnce, inPass } = await staged((request) => ({
        ...answered(request),
        headers: left(count),
      }));
      expect(await readOnce()).toEqual(GOOD);
      expect(inPass()).toBeUndefined();
    });

    test('may be nearly used up: the class is served, and somebody is told once', async () => {
      const { read, readOnce, notices } = await staged(counting(100));
      expect(await readOnce()).toEqual(GOOD);
      expect(await read()).toEqual(GOOD);
      const told = notices.filter((notice) => notice.includes(`of ${LIMIT} requests are left`));
      expect(told).toHaveLength(1);
      expect(told.join()).not.toContain(TOKEN);
    });

    test('is also that of a refusal for its sake', async () => {
      const { readOnce, inPass } = await staged(() => ({
        status: 429,
        headers: { ...left(0), 'retry-after': '3000' },
      }));
      await expect(readOnce()).rejects.toMatchObject({ kind: 'throttled' });
      expect(inPass()).toMatchObject({ left: 0, limit: LIMIT });
    });

    test.each([401, 500, 503])('is not that of %s, which may be of an address', async (status) => {
      const { readOnce, inPass } = await staged(() => ({ status, headers: left(1) }));
      await expect(readOnce()).rejects.toThrow(`answered ${status}`);
      expect(inPass()).toBeUndefined();
    });
  });
}
