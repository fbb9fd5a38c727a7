import { describe, expect, test } from '@jest/globals';
import {
  EVIDENCE_USAGE,
  parseEvidenceOptions,
} from '../../../../simulator/experiment/evidence/options.ts';
import { TOPICS } from '../../../../simulator/experiment/evidence/topics/all.ts';

const NAMES = TOPICS.map(({ name }) => name);

describe('the options of npm run evidence', () => {
  test('without any, every topic is asked with as many seeds as its tables need', () => {
    const options = parseEvidenceOptions([]);
    expect(options?.topics.map(({ name }) => name)).toEqual(NAMES);
    expect(options).toMatchObject({ seeds: undefined, table: '', markdown: undefined });
  });

  test('topics, and options of its own and of the local run, in any order', () => {
    const args = '--seeds 2 headroom --trace jobs.csv --stages=a,b --max=80';
    const options = parseEvidenceOptions(args.split(' '));
    expect(options?.topics.map(({ name }) => name)).toEqual(['headroom']);
    expect(options).toMatchObject({
      seeds: 2,
      max: 80,
      run: { trace: 'jobs.csv', stages: ['a', 'b'] },
    });
  });

  test('help is asked for, and names the topics', () => {
    expect(parseEvidenceOptions(['--help'])).toBeUndefined();
    for (const name of NAMES) expect(EVIDENCE_USAGE).toContain(`  ${name} `);
  });

  test.each([
    [['headrom'], 'there is no topic "headrom"; allowed: headroom, '],
    [['--seeds', '0'], '--seeds is "0"; allowed: a whole number from 1 to 9999'],
    [['--seeds'], '--seeds has no value'],
    [['--sed', '1'], "Unknown option '--sed'"],
  ])('%j is refused', (args, said) => {
    expect(() => parseEvidenceOptions(args)).toThrow(said);
  });

  test('every table of every topic has a title that begins with the name of its record', () => {
    const given = { seeds: 1, hours: undefined, trace: undefined };
    for (const topic of TOPICS) {
      for (const { title } of topic.tables(given)) expect(title.startsWith(topic.name)).toBe(true);
    }
  });
});
