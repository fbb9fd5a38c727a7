import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ENVIRONMENT, filesUnder, markersIn, run } from './markers.ts';

/** Limit for a day in virtual time over real HTTP, on a busy machine. */
const DAY_MS = 300_000;

/** The token that the emulators hold and the scaler sends them. */
const TOKEN = 'twin-api-token';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runner-scaler-run-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('a day of local running over the wire', () => {
  test(
    'leaves the token in no output, page, chart or figure, and nothing of the shell',
    async () => {
      const [json, page, chart] = ['a-figures.json', 'b-page.html', 'c-chart.svg'].map((name) =>
        join(folder, name),
      );
      const { code, output } = await run({
        args: `bin/runner-scaler.ts simulate --hours 24 --out ${page} --json ${json} --chart ${chart}`.split(
          ' ',
        ),
        env: ENVIRONMENT,
      });
      expect({ code, output }).toMatchObject({ code: 0 });
      const files = filesUnder(folder);
      expect([...files.keys()].toSorted()).toEqual([json, page, chart]);
      const all = [output, ...files.values()].join('\n');
      expect(all).toContain('acme/linux');
      expect(markersIn(all, { ...ENVIRONMENT, TOKEN })).toEqual([]);
    },
    DAY_MS,
  );

  test('is searched for the token that is really in use', () => {
    const wire = readFileSync(new URL('../../simulator/drive/wire.ts', import.meta.url), 'utf8');
    expect(wire).toContain(`'${TOKEN}'`);
  });
});
