/** The walls between the rooms: a file that breaks one is refused by the linter, as the project configures it. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A file and what it imports; each pair is linted as a file of its own. */
type Import = readonly [file: string, specifier: string];

const REFUSED: readonly Import[] = [
  ...[
    'lib/fleet.ts',
    'simulator/world/world.ts',
    'commands/drain.ts',
    'probe/main.ts',
    'test/iam/evaluate.ts',
    'config/config.ts',
    'config.ts',
    'cli/options.ts',
    'runner-userdata/render.ts',
  ].map((path): Import => ['lambda/scaler/new.ts', `../../${path}`]),
  ['lambda/scaler/demand/circleci/new.ts', '../../../../config/scaler-config.ts'],
  ['lambda/scaler/policy.ts', '../../simulator/world/world.ts'],
  ['lambda/scaler/new.ts', '../registrar/machine.ts'],
  ['lambda/scaler/demand/new.ts', '../../webhook/job.ts'],
  ['lambda/registrar/new.ts', '../../lib/only-values.ts'],
  ['lambda/webhook/new.ts', '../../test/manual-clock.ts'],
  ['lambda/registrar/new.ts', '../webhook/job.ts'],
  ['lambda/webhook/new.ts', '../registrar/machine.ts'],
  ...['reconcile.ts', 'composition.ts', 'policy.ts', 'fleet/fleets.ts', 'handler.ts'].flatMap(
    (path): Import[] => [
      ['lambda/registrar/new.ts', `../scaler/${path}`],
      ['lambda/webhook/new.ts', `../scaler/${path}`],
    ],
  ),
  ['lambda/scaler/policy.ts', './clock.ts'],
  // Helpers of the scaler, and what stands behind the contract.
  ...[
    'json.ts',
    'contract/json.ts',
    'demand/source.ts',
    'fleet/fleets.ts',
    'handler.ts',
    'composition.ts',
  ].flatMap((path): Import[] => [
    ['lib/new.ts', `../lambda/scaler/${path}`],
    ['config/new.ts', `../lambda/scaler/${path}`],
    ['probe/new.ts', `../lambda/scaler/${path}`],
    ['runner-userdata/new.ts', `../lambda/scaler/${path}`],
    ['bench/new.ts', `../lambda/scaler/${path}`],
    ['bin/new.ts', `../lambda/scaler/${path}`],
    ['cli/new.ts', `../lambda/scaler/${path}`],
    ['permissions/new.ts', `../lambda/scaler/${path}`],
    ['config.ts', `./lambda/scaler/${path}`],
  ]),
  ['commands/new.ts', '../lambda/scaler/contract/json.ts'],
  ['commands/new.ts', '../lambda/scaler/demand/secret-kinds.ts'],
  ['commands/aws/new.ts', '../../lambda/scaler/fleet/fleets.ts'],
  ['simulator/drive/new.ts', '../../lambda/scaler/contract/json.ts'],
  ['simulator/drive/new.ts', '../../lambda/scaler/demand/source.ts'],
  ['simulator/drive/new.ts', '../../lambda/scaler/scaler.ts'],
  ['simulator/drive/new.ts', '../../probe/plan.ts'],
  ['simulator/new.ts', '../commands/drain.ts'],
  ['simulator/new.ts', '../test/manual-clock.ts'],
  ['lib/new.ts', '../simulator/prices.ts'],
  ['lib/monitoring/new.ts', '../../simulator/prices.ts'],
  ['lib/new.ts', '../commands/drain.ts'],
  ['config/new.ts', '../cli/options.ts'],
  ['lib/new.ts', '../probe/plan.ts'],
  ['config/new.ts', '../simulator/prices.ts'],
  ['config.ts', './simulator/prices.ts'],
  ['runner-userdata/new.ts', '../config/scaler-config.ts'],
  ['commands/new.ts', '../probe/plan.ts'],
  ['probe/new.ts', '../bench/main.ts'],
];

const ALLOWED: readonly Import[] = [
  ['lambda/scaler/new.ts', './demand/source.ts'],
  ['lambda/scaler/new.ts', './contract/json.ts'],
  ['lambda/scaler/demand/circleci/new.ts', '../../contract/tags.ts'],
  ...[
    'contract/tags.ts',
    'clock.ts',
    'authorities.ts',
    'aws-requests.ts',
    'demand/credentials.ts',
    'demand/github/app.ts',
  ].flatMap((path): Import[] => [
    ['lambda/registrar/new.ts', `../scaler/${path}`],
    ['lambda/webhook/new.ts', `../scaler/${path}`],
  ]),
  ['lib/new.ts', '../lambda/scaler/contract.ts'],
  ['lib/new.ts', '../lambda/scaler/policy.ts'],
  ['lib/new.ts', '../runner-userdata/render.ts'],
  ['lib/monitoring/new.ts', '../../lambda/scaler/contract.ts'],
  ['config.ts', './config/scaler-config.ts'],
  ['commands/new.ts', '../lambda/scaler/contract.ts'],
  ['commands/new.ts', '../lambda/scaler/composition.ts'],
  ['probe/new.ts', '../lambda/scaler/contract.ts'],
  ['simulator/drive/new.ts', '../../lambda/scaler/composition.ts'],
  ['simulator/drive/new.ts', '../../lambda/scaler/contract.ts'],
  ['simulator/drive/new.ts', '../../lambda/scaler/policy.ts'],
];

const folder = mkdtempSync(join(tmpdir(), 'walls-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** Where a pair is written: its folder numbers it, and holds the rooms as the project does. */
function pathOf(index: number, [file]: Import): string {
  return join(String(index), file);
}

/** @returns the pairs that are refused, each as `file <- specifier` */
function refusedOf(imports: readonly Import[]): Set<string> {
  const settings = JSON.parse(readFileSync('.oxlintrc.json', 'utf8')) as Record<string, unknown>;
  // Types cannot be looked up here, and no wall needs them.
  const { options: _options, $schema: _schema, ...config } = settings;
  for (const [index, pair] of imports.entries()) {
    const path = join(folder, pathOf(index, pair));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(join(folder, String(index), '.oxlintrc.json'), JSON.stringify(config));
    writeFileSync(path, `import type { A } from '${pair[1]}';\nexport type B = A;\n`);
    // The policy may import types.
    if (pair[0].endsWith('policy.ts') && pair[1].startsWith('./')) {
      writeFileSync(path, `import { a } from '${pair[1]}';\nexport const b = a;\n`);
    }
  }
  const { stdout } = spawnSync(
    join(process.cwd(), 'node_modules/.bin/oxlint'),
    ['--format', 'json', '.'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  const { diagnostics } = JSON.parse(stdout) as {
    readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
  };
  const found = new Set(
    diagnostics
      .filter(({ code }) => code === 'eslint(no-restricted-imports)')
      .map(({ filename }) => filename),
  );
  return new Set(imports.filter((pair, index) => found.has(pathOf(index, pair))).map(nameOf));
}

function nameOf([file, specifier]: Import): string {
  return `${file} <- ${specifier}`;
}

describe('the linter', () => {
  const refused = refusedOf([...REFUSED, ...ALLOWED]);

  test.each(REFUSED.map(nameOf))('refuses %s', (name) => {
    expect(refused).toContain(name);
  });

  test.each(ALLOWED.map(nameOf))('allows %s', (name) => {
    expect(refused).not.toContain(name);
  });
});
