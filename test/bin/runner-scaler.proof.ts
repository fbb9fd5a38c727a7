import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Limit for starting a TypeScript program and building a stack, on a busy machine. */
const PROGRAM_MS = 120_000;

const GOOD = `export const config = {
  name: 'ci',
  resourceClasses: [
    { resourceClass: 'acme/linux', max: 4 },
    { resourceClass: 'acme/arm', max: 2, architecture: 'arm64', purchase: 'spot' },
  ],
};`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runner-scaler-bin-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the program that makes the template', () => {
  test(
    'writes the same template twice, which passes the rules of CloudFormation, without credentials',
    async () => {
      const config = join(folder, 'good.ts');
      writeFileSync(config, GOOD);
      const outdirs = ['first', 'second'].map((name) => join(folder, name));
      const endings = await Promise.all(outdirs.map((outdir) => makeTemplate({ outdir, config })));
      expect(endings).toEqual([
        { code: 0, stderr: '' },
        { code: 0, stderr: '' },
      ]);
      const [one, two] = outdirs.map((outdir) =>
        readFileSync(join(outdir, 'ci.template.json'), 'utf8'),
      );
      expect(one).toBe(two);
      expect(one).toContain('AWS::AutoScaling::AutoScalingGroup');
    },
    PROGRAM_MS,
  );

  test(
    'prints the mistakes of a config as a list, without a stack trace, and fails',
    async () => {
      const config = join(folder, 'bad.ts');
      writeFileSync(config, `export const config = { name: 'ci', resourceClasses: [{ max: 0 }] };`);
      expect(await makeTemplate({ outdir: join(folder, 'none'), config })).toEqual({
        code: 1,
        stderr: expect.stringMatching(
          /bad\.ts: config is not usable:\n {2}- resourceClasses\[0\]: resourceClass is missing;[^\n]*\n {2}- resourceClasses\[0\]: max is 0;[^\n]*\n$/,
        ),
      });
    },
    PROGRAM_MS,
  );

  test(
    'says so when the file exports no config',
    async () => {
      const config = join(folder, 'empty.ts');
      writeFileSync(config, 'export const settings = {};');
      expect(await makeTemplate({ outdir: join(folder, 'none'), config })).toEqual({
        code: 1,
        stderr: expect.stringMatching(/empty\.ts exports no config; allowed: export const config/),
      });
    },
    PROGRAM_MS,
  );
});

interface Ending {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs the program as the CDK does, with neither credentials nor a home folder that could hold some. */
async function makeTemplate(options: {
  readonly outdir: string;
  readonly config: string;
}): Promise<Ending> {
  const { app, context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as {
    readonly app: string;
    readonly context: Readonly<Record<string, unknown>>;
  };
  const [, ...args] = app.split(' ');
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      CDK_OUTDIR: options.outdir,
      CDK_CONTEXT_JSON: JSON.stringify({
        ...context,
        'aws:cdk:bundling-stacks': [],
        config: options.config,
      }),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, stderr }));
  });
}
