import { describe, expect, test } from '@jest/globals';
import { LAUNCHES, HOLDINGS, inClass } from '../../../simulator/experiment/columns.ts';
import {
  type Column,
  type Filled,
  type Table,
  markdownOf,
  valueOf,
} from '../../../simulator/experiment/table.ts';
import type { Case, Work } from '../../../simulator/experiment/case.ts';
import { runCell } from '../../../simulator/experiment/trial.ts';
import { HOUR, worked } from './tiny-work.ts';

/** As many tasks as the seed's number, an hour apart. */
const WORK: Work = {
  name: 'a task an hour',
  of: (seed) => worked(Array.from({ length: seed }, (_, index) => ({ releaseAt: index * HOUR }))),
};

const ONE: Case = { name: ['as shipped'], work: WORK };
const OTHER: Case = { name: ['with a spare'], work: WORK, fleet: { headroom: 1 } };

function table(differences: Partial<Table>): Table {
  const columns = [LAUNCHES, WAIT_RATIO];
  return {
    title: 'a title',
    labels: ['case'],
    cases: [ONE, OTHER],
    seeds: 3,
    columns,
    ...differences,
  };
}

const WAIT_RATIO: Column = {
  heading: 'wait / base',
  decimals: 3,
  sure: true,
  of: ({ whole }, base) => whole.waitMean / base.whole.waitMean,
};

const DIFFERENCE: Column = {
  heading: 'more served',
  decimals: 0,
  of: ({ whole }, base) => whole.served - base.whole.served,
};

describe('a table of evidence', () => {
  test('gives the mean over its seeds', async () => {
    const filled = await fill(table({}), { firstSeed: 2 });
    // 2, 3 and 4 tasks.
    expect(valueOf(filled, ONE, LAUNCHES).mean).toBe(3);
  });

  test('holds each run against that of the first case with the same seed', async () => {
    const filled = await fill(table({}), { firstSeed: 1 });
    expect(valueOf(filled, OTHER, DIFFERENCE)).toEqual({ mean: 0, halfWidth: 0 });
    expect(valueOf(filled, OTHER, WAIT_RATIO).mean).toBeLessThan(0.9);
  });

  test('or of another case that it names', async () => {
    const more: Case = {
      name: ['twice the work'],
      against: ['with a spare'],
      work: { ...WORK, of: (seed) => WORK.of(2 * seed) },
    };
    const filled = await fill(table({ cases: [ONE, OTHER, more] }), { firstSeed: 1 });
    expect(valueOf(filled, more, DIFFERENCE).mean).toBe(2);
  });

  test('refuses a case that is held against none there is', async () => {
    const cases = [ONE, { ...OTHER, against: ['nothing'] }];
    const filled = await fill(table({ cases, seeds: 1 }), { firstSeed: 1 });
    expect(() => markdownOf(filled)).toThrow('a title: no case is ["nothing"]');
  });

  test('adds up what is counted', async () => {
    const count: Column = { ...LAUNCHES, over: 'sum' };
    const filled = await fill(table({ columns: [count] }), { firstSeed: 1 });
    expect(valueOf(filled, ONE, count)).toEqual({ mean: 1 + 2 + 3, halfWidth: null });
  });

  test('is Markdown, with half the confidence interval where it is asked for', async () => {
    const cases = [ONE];
    const filled = await fill(table({ cases, seeds: 2, columns: [LAUNCHES, WAIT_RATIO] }), {
      firstSeed: 1,
    });
    expect(markdownOf(filled).split('\n')).toEqual([
      '### a title',
      '',
      '2 seeds.',
      '',
      '| case | launches | wait / base |',
      '| --- | ---: | ---: |',
      '| as shipped | 2 | 1.000 ±0.000 |',
    ]);
  });

  test('tells the classes apart', async () => {
    const two: Work = {
      name: 'two classes',
      of: () => worked([{}, { resourceClass: 'acme/other' }, { resourceClass: 'acme/other' }]),
    };
    const one: Case = { name: ['two'], work: two };
    const second = inClass(1, 'second', LAUNCHES);
    const filled = await fill(table({ cases: [one], columns: [second] }), { firstSeed: 1 });
    expect(second.heading).toBe('second: launches');
    expect(valueOf(filled, one, second).mean).toBe(2);
  });

  test('lists the holdings of hold-backs, with what was seen', async () => {
    const stuck: Work = {
      name: 'stuck',
      of: () => worked([0, 1, 2].map(() => ({ unclaimable: true, cancelAfterMs: 3 * HOUR }))),
    };
    const cases = [{ name: ['stuck'], work: stuck }];
    const filled = await fill(
      table({ cases, seeds: 1, columns: [HOLDINGS], listsHoldings: true }),
      { firstSeed: 1 },
    );
    expect(markdownOf(filled)).toContain('| stuck | 1 |');
    expect(markdownOf(filled)).toMatch(
      /- stuck, run 1, fleet-1: tasks-unclaimed at .* 3 unclaimed/,
    );
  });

  test('says that none opened', async () => {
    const filled = await fill(table({ listsHoldings: true, seeds: 1 }), { firstSeed: 1 });
    expect(markdownOf(filled)).toContain('Nothing was held back.');
  });
});

async function fill(table: Table, { firstSeed }: { readonly firstSeed: number }): Promise<Filled> {
  const seeds = Array.from({ length: table.seeds }, (_, index) => firstSeed + index);
  return {
    table,
    cells: await Promise.all(seeds.map(async (seed) => runCell(table.cases, { seed }))),
  };
}
