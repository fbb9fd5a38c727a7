import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ENVIRONMENT, filesUnder, markersIn, run } from './markers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Limit for starting a TypeScript program, bundling and checking a stack, on a busy machine. */
const PROGRAM_MS = 120_000;

/** What the user's home folder may hold besides. */
const HOME = { credentials: 'planted-file-key', npmrc: 'npm_plantedfile' };

/** Not secret: these prove that the search finds what is there, also in user data, which is compressed. */
const VISIBLE = 'planted-and-visible';
const VISIBLE_TO_MACHINES = 'planted-in-user-data';

let folder: string;
let files: ReadonlyMap<string, string>;
let code: number | null;
let output: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runner-scaler-secrets-'));
  mkdirSync(join(folder, '.aws'));
  writeFileSync(
    join(folder, '.aws', 'credentials'),
    `[default]\naws_access_key_id = x\naws_secret_access_key = ${HOME.credentials}\n`,
  );
  writeFileSync(join(folder, '.npmrc'), `//registry.example.com/:_authToken=${HOME.npmrc}\n`);
  const made = await synth(
    `{ name: 'ci', tags: { note: '${VISIBLE}' }, resourceClasses: [{ resourceClass: 'acme/linux', max: 4, bootScript: 'echo ${VISIBLE_TO_MACHINES}' }] }`,
  );
  files = filesUnder(join(folder, 'out'));
  ({ code, output } = made);
}, PROGRAM_MS);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('what is made for the deployment', () => {
  test('holds nothing of the shell that made it, nor of its home folder', () => {
    const markers = { ...ENVIRONMENT, ...HOME };
    const hits = [...files].flatMap(([path, text]) =>
      markersIn(text, markers).map((name) => `${name} in ${path}`),
    );
    expect(hits).toEqual([]);
    expect(markersIn(output, markers)).toEqual([]);
  });

  test('is searched whole: template, manifest and the function as it is uploaded', () => {
    const names = [...files.keys()].map((path) => path.slice(folder.length));
    expect(code).toBe(0);
    expect(names).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/ci\.template\.json$/),
        expect.stringMatching(/manifest\.json$/),
        expect.stringMatching(/asset\.[0-9a-f]+.index\.js$/),
      ]),
    );
    const template = [...files].find(([path]) => path.endsWith('template.json'))?.[1] ?? '';
    const planted = { VISIBLE, VISIBLE_TO_MACHINES };
    expect(markersIn(template, planted)).toEqual(Object.keys(planted));
    const bundle = [...files].find(([path]) => path.endsWith('index.js'))?.[1] ?? '';
    expect(bundle).toContain('RUNNER_SCALER_CIRCLECI');
  });

  test('names no account: the template is the same for all', () => {
    const template = [...files].find(([path]) => path.endsWith('template.json'))?.[1] ?? '';
    expect(template.match(/(?<!\d)\d{12}(?!\d)/g) ?? []).toEqual([]);
  });

  test('does not say where it was made', () => {
    const uploaded = [...files].filter(([path]) => /template\.json$|index\.js$/.test(path));
    expect(uploaded).toHaveLength(2);
    expect(uploaded.filter(([, text]) => text.includes(ROOT) || text.includes(folder))).toEqual([]);
  });
});

describe('a config with a token in the wrong place', () => {
  test(
    'is refused without repeating the token',
    async () => {
      const tokens = {
        personal: 'CCIPAT_planted_0123456789abcdef',
        runner: '0123456789abcdef0123456789abcdefplanted',
        password: 'planted-password',
      };
      const { code, output } = await synth(`{
        name: 'ci',
        token: '${tokens.runner}',
        circleci: {
          url: 'https://user:${tokens.password}@circleci.example.com',
          token: '${tokens.personal}',
          existingTokenSecretArn: '${tokens.personal}',
        },
        network: '${tokens.personal}',
        resourceClasses: [
          { resourceClass: 'acme/linux', max: 4, token: '${tokens.runner}',
            existingTokenSecretArn: '${tokens.runner}' },
        ],
      }`);
      expect(code).toBe(1);
      expect(output).toContain('not shown here because it may be a token');
      expect(markersIn(output, tokens)).toEqual([]);
    },
    PROGRAM_MS,
  );
});

/** Makes the template as the CDK's command line does, the function bundled. */
async function synth(config: string) {
  const file = join(folder, 'config.ts');
  writeFileSync(file, `export const config = ${config};`);
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as {
    readonly context: Readonly<Record<string, unknown>>;
  };
  return run({
    args: ['bin/app.ts'],
    env: {
      ...ENVIRONMENT,
      HOME: folder,
      CDK_OUTDIR: join(folder, 'out'),
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, config: file }),
    },
  });
}
