import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { complaints } from './runner-userdata/complaints.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, '.github/workflows');
const RELEASE = join(ROOT, '.github/release.sh');
const WORKFLOWS = readdirSync(FOLDER).map((name) => ({
  name,
  text: readFileSync(join(FOLDER, name), 'utf8'),
}));

describe.each(WORKFLOWS)('$name', ({ text }) => {
  test('pins each action by its digest, with the version beside it', () => {
    const uses = linesOf(text, /^\s*(?:- )?uses:/);
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) {
      expect(line).toMatch(/uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  test('has one digest for a version of an action, the same as the other workflows', () => {
    const pins = WORKFLOWS.flatMap((workflow) => [
      ...workflow.text.matchAll(/uses: (\S+)@(.+)$/gm),
    ]);
    for (const [, action, pin] of text.matchAll(/uses: (\S+)@(.+)$/gm)) {
      expect(new Set(pins.flatMap((other) => (other[1] === action ? [other[2]] : [])))).toEqual(
        new Set([pin]),
      );
    }
  });

  test('gives no permission to all jobs, and to each job its own', () => {
    expect(text).toMatch(/^permissions: \{\}$/m);
    expect(linesOf(text, /^ {4}permissions:$/)).toHaveLength(linesOf(text, /runs-on:/).length);
    expect(text).not.toMatch(/write-all|read-all/);
  });

  test('leaves no credentials behind a checkout', () => {
    const steps = text.split(/^ {6}- /m).filter((step) => step.includes('actions/checkout@'));
    for (const step of steps) expect(step).toMatch(/^ {10}persist-credentials: false$/m);
  });

  test('is not started by what strangers control, and puts none of it into a script', () => {
    expect(text).not.toMatch(/pull_request_target|workflow_run|issue_comment/);
    expect(text).not.toMatch(/\$\{\{\s*(?:github\.event\.|github\.head_ref|inputs\.)/);
    expect(text).not.toContain('secrets.');
    const scripts = text.split(/^\s*(?:- )?run:/m).slice(1);
    for (const script of scripts) expect(script.split(/^ {6}- /m)[0]).not.toContain('${{');
  });

  test('ends each job in time, and does not run twice at once', () => {
    expect(linesOf(text, /^ {4}timeout-minutes: \d+$/)).toHaveLength(
      linesOf(text, /runs-on:/).length,
    );
    expect(text).toMatch(/^concurrency:\n {2}group: \S+/m);
  });
});

describe('the workflows', () => {
  test.each(['ci.yml', 'release.yml'])('%s runs what a contributor runs', (name) => {
    expect(workflow(name)).toMatch(/^ {6}- run: \.ci\/run$/m);
  });

  test('CI may read the sources and nothing else', () => {
    expect(permissionsOf(workflow('ci.yml'))).toEqual(['contents: read']);
  });

  test('a release is signed and written by jobs that install no dependency', () => {
    const [, check = '', build = '', publish = ''] =
      workflow('release.yml').split(/^ {2}\w+:$(?=\n {4}name:)/m);
    expect(permissionsOf(check)).toEqual(['contents: read']);
    expect(permissionsOf(build)).toEqual([
      'contents: read',
      'id-token: write',
      'attestations: write',
    ]);
    expect(permissionsOf(publish)).toEqual(['contents: write']);
    expect(`${build}${publish}${readFileSync(RELEASE, 'utf8')}`).not.toMatch(
      /npm (?:ci|install|run|test)|npx|\.ci\/run/,
    );
    expect(publish).not.toContain('actions/checkout@');
  });
});

test('updates of dependencies wait for a week', () => {
  const updates = readFileSync(join(ROOT, '.github/dependabot.yml'), 'utf8')
    .split(/^ {2}- package-ecosystem: /m)
    .slice(1);
  expect(updates.map((update) => update.split('\n')[0])).toEqual(['npm', 'github-actions', 'pip']);
  for (const update of updates) {
    const days = /cooldown:\n {6}default-days: (\d+)$/m.exec(update)?.[1];
    expect(Number(days)).toBeGreaterThanOrEqual(7);
  }
});

describe('release.sh', () => {
  let clone: string;
  beforeAll(() => {
    clone = mkdtempSync(join(tmpdir(), 'runner-scaler-release-'));
    for (const name of ['package.json', 'package-lock.json']) {
      copyFileSync(join(ROOT, name), join(clone, name));
    }
    writeFileSync(join(clone, 'package.json'), packageOf('1.2.3'));
    writeFileSync(join(clone, 'CHANGELOG.md'), CHANGELOG);
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'release: 1.2.3');
    for (const tag of ['v1.2.3', 'v1.2.4', 'v2']) git('tag', tag);
  });
  afterAll(() => {
    rmSync(clone, { recursive: true });
  });

  test('gives shellcheck and shfmt nothing to say', () => {
    expect(complaints('shellcheck', [RELEASE])).toBe('');
    expect(complaints('shfmt', ['--diff', '--indent', '2', '--case-indent', RELEASE])).toBe('');
  });

  test('makes archive, SBOM and the notes of that version', () => {
    const out = join(clone, '.git/release');
    expect(release('v1.2.3', out)).toEqual({ status: 0, said: '' });
    expect(readdirSync(out).sort()).toEqual([
      'notes.md',
      'runner-scaler-1.2.3.tar.gz',
      'sbom.cdx.json',
    ]);
    expect(readFileSync(join(out, 'notes.md'), 'utf8').trim()).toBe('### Fixed\n\n- What it says.');
    const archive = spawnSync('tar', ['-tzf', join(out, 'runner-scaler-1.2.3.tar.gz')]);
    expect(archive.stdout.toString()).toContain('runner-scaler-1.2.3/package.json');
    const sbom = JSON.parse(readFileSync(join(out, 'sbom.cdx.json'), 'utf8')) as {
      readonly bomFormat: string;
      readonly components: readonly { readonly purl: string }[];
    };
    expect(sbom.bomFormat).toBe('CycloneDX');
    const { dependencies } = JSON.parse(packageOf('1.2.3')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const listed = sbom.components.map(({ purl }) => decodeURIComponent(purl));
    for (const [name, version] of Object.entries(dependencies)) {
      expect(listed).toContain(`pkg:npm/${name}@${version}`);
    }
  });

  test.each([
    ['v2', 'the tag is v2; allowed: v and three numbers'],
    ['v9.9.9', 'there is no tag v9.9.9'],
    ['v1.2.4', 'package.json says version 1.2.3, the tag 1.2.4'],
  ])('refuses %s', (tag, why) => {
    const { status, said } = release(tag, join(clone, '.git/refused'));
    expect(said).toContain(why);
    expect(status).toBe(1);
  });

  test('refuses a version that the changelog says nothing about, and files that differ from the tag', () => {
    writeFileSync(join(clone, 'CHANGELOG.md'), CHANGELOG.replace('1.2.3', '1.2.2'));
    expect(release('v1.2.3', join(clone, '.git/refused')).said).toContain(
      'files differ from the tag',
    );
    git('commit', '--quiet', '--all', '--message', 'changelog: another version');
    expect(release('v1.2.3', join(clone, '.git/refused')).said).toContain(
      'not what is checked out',
    );
    git('tag', '--force', 'v1.2.3');
    expect(release('v1.2.3', join(clone, '.git/refused')).said).toContain(
      'nothing under "## [1.2.3]"',
    );
  });

  function git(...parameters: readonly string[]): void {
    const author = [
      '-c',
      'user.name=A',
      '-c',
      'user.email=a@example.com',
      '-c',
      'tag.gpgSign=false',
    ];
    const { status, stderr } = spawnSync('git', [...author, ...parameters], { cwd: clone });
    if (status !== 0) throw new Error(`git ${parameters.join(' ')} failed: ${String(stderr)}`);
  }

  function release(tag: string, out: string): { status: number | null; said: string } {
    const env = { ...process.env, npm_config_loglevel: 'silent' };
    const { status, stderr } = spawnSync(RELEASE, [tag, out], { cwd: clone, env });
    return { status, said: stderr.toString() };
  }
});

const CHANGELOG = `# Changelog

## [Unreleased]

## [1.2.3] - 2026-01-02

### Fixed

- What it says.

## [1.2.0] - 2026-01-01

- Older.
`;

function packageOf(version: string): string {
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8');
  return text.replace(/"version": "[^"]+"/, `"version": "${version}"`);
}

function workflow(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

function linesOf(text: string, pattern: RegExp): readonly string[] {
  return text.split('\n').filter((line) => pattern.test(line));
}

/** What the jobs of a workflow are allowed. */
function permissionsOf(text: string): readonly string[] {
  return [...text.matchAll(/^ {6}([a-z-]+: (?:read|write))(?: #.*)?$/gm)].flatMap(
    ([, one]) => one ?? [],
  );
}
