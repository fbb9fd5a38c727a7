/** Every command with `--local`, for each source and for several at once. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { isObject, parseObject, TAG } from '../../lambda/scaler/contract.ts';
import { MIXED, readyStage, type ReadyStage, SOURCE_CONFIGS } from './each-source-stage.ts';

const CONFIGS: readonly (readonly [name: string, config: ScalerConfig])[] = [
  ...Object.entries(SOURCE_CONFIGS),
  ['several sources', MIXED],
];

/** The doctor bundles the functions, as the simulated deployment has done; on a busy machine that takes its time. */
const SEVERAL_COMMANDS_MS = 240_000;

describe.each(CONFIGS)('of %s', (name, config) => {
  let it: ReadyStage;

  beforeAll(async () => {
    it = await readyStage(config);
  });

  afterAll(async () => it.close());

  /** Runs it with `--json`; nothing else is on standard output. */
  async function answered(...args: readonly string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await it.typed([...args, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/^ {4}at /m) });
    const answer = parseObject(stdout);
    if (!isObject(answer)) throw new Error(`no JSON object: ${stdout}`);
    expect(answer['account']).toBe('123456789012');
    return answer;
  }

  const classes = () => it.config.fleets.map(({ resourceClass }) => resourceClass);

  test('status has the demand of each class', async () => {
    const { classes: found } = await answered('status');
    expect(found).toEqual(
      it.config.fleets.map(({ resourceClass }, index) =>
        expect.objectContaining({
          resourceClass,
          demand: expect.objectContaining(
            index === 0 ? { unclaimed: 2, running: 4 } : { unclaimed: 0, running: 2 },
          ),
          capacity: expect.objectContaining({ serving: index === 0 ? 4 : 2 }),
        }),
      ),
    );
  });

  test('explain tells the decisions and the machines', async () => {
    const { groups } = await answered('explain', it.resourceClass);
    expect(groups).toEqual([
      expect.objectContaining({
        decisions: expect.arrayContaining([
          expect.objectContaining({
            sentence: expect.stringContaining('which is the maximum of 4; the tasks need more'),
          }),
        ]),
        machines: Array.from({ length: 4 }, () => expect.objectContaining({ stage: 'serves' })),
      }),
    ]);
  });

  test('reconcile reads every class', async () => {
    const { classes: found, problems } = await answered('reconcile', '--dry-run');
    expect(problems).toEqual([]);
    expect(found).toEqual(
      [...classes()]
        .sort((one, other) => one.localeCompare(other))
        .map((resourceClass) =>
          expect.objectContaining({
            resourceClass,
            sentence: expect.stringMatching(/^\d waiting, \d running; /),
          }),
        ),
    );
  });

  test('pause and resume hold the class back and let it go', async () => {
    await answered('pause', it.resourceClass);
    expect(it.group()?.tags[TAG.hold]).toBe('paused');
    await answered('resume', it.resourceClass);
    expect(it.group()?.tags[TAG.hold]).toBeUndefined();
  });

  test('drain holds the class and tells what runs, and takes it back', async () => {
    const held = await answered('drain', '--class', it.resourceClass);
    expect(held).toMatchObject({
      mode: 'hold',
      groups: [{ resourceClass: it.resourceClass, held: true, capacity: { serving: 4 } }],
      empty: false,
      ended: 0,
      jobsLostAtMost: 0,
    });
    expect(it.group()?.suspended).toContain('Launch');
    const undone = await answered('drain', '--class', it.resourceClass, '--undo');
    expect(undone).toMatchObject({ groups: [{ held: false }] });
    expect(it.group()?.suspended).not.toContain('Launch');
  });

  test(
    'secret set fills the runner tokens; then the doctor finds nothing',
    async () => {
      for (const { resourceClass, source } of it.config.fleets) {
        if (source === 'github') continue;
        const ended = await it.typed(['secret', 'set', resourceClass], { stdin: 'a-runner-token' });
        expect(ended.code).toBe(0);
      }
      const { stdout } = await it.typed(['doctor']);
      expect(stdout).not.toMatch(/^(WRONG|\?)/m);
      expect(stdout).toContain(`${classes().length} classes are known to the CI system and read`);
    },
    SEVERAL_COMMANDS_MS,
  );

  test('secret set takes another API credential, where it is clear which', async () => {
    const before = it.installation.secrets.get(it.installation.names.apiToken);
    const source = name === 'several sources' ? ['--source', 'gitlab'] : [];
    const stdin = name === 'github' ? (before ?? '') : 'another-token';
    const ended = await it.typed(['secret', 'set', ...source], { stdin });
    expect(ended.code).toBe(0);
    expect([...it.installation.secrets.values()]).toContain(
      name === 'github' ? before : 'another-token',
    );
  });
});
