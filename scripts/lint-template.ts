/**
 * `npm run lint:template`: cfn-lint over the templates of all sample configs, or over the files named
 * on the command line. cfn-lint is a Python program; it is put into a separate folder when missing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SAMPLE_CONFIGS } from '../test/lib/sample-configs.ts';
import { templateOf } from '../lib/template.ts';

const PACKAGE = 'cfn-lint==1.51.0';

/** Where the properties and values of resource types are looked up: the oldest region and a later one. */
const REGIONS = ['us-east-1', 'eu-central-1'];

/** Rules that are not followed, each with the reason. */
const IGNORED = [
  // "Dependency already enforced": the CDK lets a function wait for its role and the role's policies
  // one by one, and the role is referred to as well. It is redundant and does no harm.
  'W3005',
];

const environment = fileURLToPath(
  new URL(`../node_modules/.cache/${PACKAGE.replace('==', '-')}`, import.meta.url),
);
const programs = join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');
const linter = join(programs, 'cfn-lint');

if (!existsSync(linter)) install();
process.exitCode = lint(process.argv.slice(2));

function install(): void {
  process.stdout.write(`${PACKAGE} is not here yet: installing it into ${environment}\n`);
  const steps = [
    ['python3', '-m', 'venv', environment],
    [
      join(programs, 'pip'),
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-compile',
      PACKAGE,
    ],
  ];
  for (const [program = '', ...args] of steps) {
    const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
    if (status === 0) continue;
    // Half an environment would be taken for a whole one the next time.
    rmSync(environment, { recursive: true, force: true });
    process.stderr.write(
      `${PACKAGE} is missing and could not be installed: ${program} ${error?.message ?? `ended with ${status}`}; ` +
        'needed: python3 3.9 or later with its venv module (Debian: apt-get install python3-venv) and a way ' +
        `to PyPI; or make it by hand: python3 -m venv ${environment} && ${join(programs, 'pip')} install ${PACKAGE}\n`,
    );
    process.exit(1);
  }
}

function lint(files: readonly string[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'runner-scaler-lint-'));
  try {
    const templates = files.length > 0 ? files : sampleTemplates(folder);
    const { status, error } = spawnSync(
      linter,
      ['--regions', ...REGIONS, '--ignore-checks', ...IGNORED, '--', ...templates],
      { stdio: 'inherit' },
    );
    if (error) throw error;
    if (status === 0)
      process.stdout.write(`cfn-lint finds nothing in ${templates.length} templates\n`);
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sampleTemplates(folder: string): readonly string[] {
  return [...SAMPLE_CONFIGS].map(([name, config]) => {
    const file = join(folder, `${name.replaceAll(' ', '-')}.json`);
    writeFileSync(file, JSON.stringify(templateOf(config).toJSON(), undefined, 1));
    return file;
  });
}
