/** The command itself, executed: what it refuses, and in what words, before it does any work. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { runnerScaler } from './run.ts';
import { type Session, startSession } from './session.ts';

const COMMANDS = [
  'simulate',
  'what-if',
  'compare',
  'evidence',
  'probe',
  'probe-gitlab',
  'probe-github',
  'doctor',
  'status',
  'explain',
  'pause',
  'resume',
  'drain',
  'secret',
  'reconcile',
  'local',
];

let folder: string;
let session: Session;

beforeAll(async () => {
  session = startSession();
  folder = await mkdtemp(join(tmpdir(), 'command-'));
  await writeFile(join(folder, 'file'), '');
});

afterAll(async () => {
  await session.end();
  await rm(folder, { recursive: true });
});

/** What is typed, and what is said; `<folder>` is a folder that exists. */
const REFUSED: readonly (readonly [typed: string, said: string])[] = [
  ['', 'no command is given'],
  ['simulat', "unknown command 'simulat'; did you mean simulate?"],
  ['help simulat', "unknown command 'simulat'; did you mean simulate?"],
  ['simulate --trcae x', "unknown option '--trcae'; did you mean --trace?"],
  ['simulate stray', 'unexpected argument "stray"; allowed: options only'],
  ['simulate --out', '--out has no value; allowed: --out <file>'],
  ['simulate --out --json x', '--out has no value; allowed: --out <file>'],
  ['simulate --seed 1.5', '--seed is "1.5"; allowed: a whole number of at least 0'],
  ['simulate --seed -1', '--seed is "-1"; allowed: a whole number of at least 0'],
  ['simulate --hours 0', '--hours is "0"; allowed: a number of at least 0.1'],
  ['simulate --boot-seconds long', '--boot-seconds is "long"; allowed: a number of at least 1'],
  ['simulate --parameters nowhere.json', 'nowhere.json cannot be read: ENOENT'],
  ['simulate --prices nowhere.json', 'nowhere.json cannot be read: ENOENT'],
  ['simulate --config nowhere.ts', 'nowhere.ts cannot be read: ENOENT'],
  ['simulate --zone UTC', '--zone is given without --trace; allowed: both together'],
  ['simulate --column time=at', '--column is given without --trace; allowed: both together'],
  ['simulate --class a=b', '--class is given without --trace; allowed: both together'],
  ['simulate --date-order dmy', '--date-order is given without --trace; allowed: both together'],
  ['simulate --trace x --date-order dym', '--date-order is "dym"; allowed: ymd, mdy, dmy'],
  ['simulate --trace x --column time', '--column is "time"; allowed: two words joined by ='],
  ['simulate --trace x --column when=at', '--column is "when"; allowed: time, start'],
  ['simulate --trace x --duration-unit years', '--duration-unit is "years"; allowed: milliseconds'],
  [
    'simulate --direct --over-http',
    '--over-http and --direct are both given; allowed: one of them',
  ],
  ['simulate --compare a.ts b.ts', 'several configs side by side: runner-scaler what-if a.ts b.ts'],
  ['simulate --out <folder>', '--out is "<folder>", which is a folder; allowed: a file that'],
  ['simulate --out <folder>/a/b/x.html', 'but there is no folder <folder>/a;'],
  ['simulate --out <folder>/file/x.html', 'but <folder>/file is no folder;'],
  [
    'simulate --json <folder>/x --chart <folder>/x',
    '--json and --chart are both "<folder>/x"; all',
  ],
  ['what-if', "missing required argument 'configs'"],
  ['what-if a.ts', '1 config is named; allowed: two to 6'],
  ['what-if a b c d e f g', '7 configs are named; allowed: two to 6'],
  ['what-if a.ts b.ts --chart c.svg', "unknown option '--chart'"],
  ['what-if a.ts b.ts --out <folder>', '--out is "<folder>", which is a folder'],
  ['compare --config config.ts', "unknown option '--config'"],
  ['compare --prices prices.json', "unknown option '--prices'"],
  ['compare --rules nobody', '--rules names "nobody"; allowed: oracle, lagged-oracle,'],
  ['compare --workload steddy', '--workload names "steddy"; allowed: steady, bursty,'],
  ['compare --scenario dull', '--scenario names "dull"; allowed: plain,'],
  ['compare --seeds abc', '--seeds is "abc"; allowed: a whole number from 1 to 9999'],
  ['compare --processes 0', '--processes is "0"; allowed: a whole number from 1 to 9999'],
  ['compare --workload steady --trace x', '--workload and --trace are both given; allowed: one'],
  ['compare --stages a,b', '--stages is given without --trace; allowed: both together'],
  ['compare --trace -', '--trace is "-", and standard input can be read only once; allowed here'],
  ['compare --markdown <folder>', '--markdown is "<folder>", which is a folder'],
  ['evidence bonds', 'there is no topic "bonds"; allowed: hold-backs, bounds, control-plane'],
  ['evidence --table zzz', '--table is "zzz", which no title holds; allowed: a part of "hold-ba'],
  ['evidence --parameters nowhere.json', 'nowhere.json cannot be read: ENOENT'],
  ['evidence hold-backs --trace nowhere.csv', 'nowhere.csv'],
  ['evidence hold-backs --trace -', '--trace is "-", and standard input can be read only once'],
  ['evidence --max 3', '--max is given without --trace; allowed: both together'],
  ['evidence --out x', "unknown option '--out'"],
  ['evidence bounds --trace x', 'with a trace, bounds has no table'],
  ['probe --rounds 0', '--rounds is "0"; allowed: a whole number from 1 to 20'],
  ['probe-github --yes', '--repository is missing; needed, for example --repository acme/probe'],
  ['probe-github --repository acme', '--repository is "acme"; allowed: owner and name with a'],
  ['probe-github --clean all', '--clean is "all"; allowed: the name that the probe has printed'],
  ['probe-gitlab --runner 7', '--project is missing; needed, for example --project acme/app'],
  ['probe-gitlab --project a/b', '--runner is missing; needed, for example --runner 101'],
  [
    'probe-gitlab --url gitlab.com',
    '--url is "gitlab.com"; allowed: an https URL without a slash at its end',
  ],
  ['probe --round 3', "unknown option '--round'; did you mean --rounds?"],
  ['probe --region Frankfurt', '--region is "Frankfurt"; allowed: the name of a region, such as'],
  ['probe --json <folder>', '--json is "<folder>", which is a folder'],
  ['drain', 'no resource class is named; allowed: --class CLASS …, or --all'],
  ['drain --al', "unknown option '--al'; did you mean --all?"],
  ['drain acme/linux', 'unexpected argument "acme/linux"; allowed: options only'],
  ['doctor --jsn', "unknown option '--jsn'; did you mean --json?"],
  ['doctor acme/linux', 'unexpected argument "acme/linux"; allowed: options only'],
  ['status --watch 1', '--watch is "1"; allowed: seconds from 2 to 3600'],
  ['status --local ftp://x', '--local is "ftp://x"; allowed: an http address, such as'],
  [
    'status --local --region us-east-1',
    '--local and --region are both given; allowed: one of them',
  ],
  ['explain', "missing required argument 'class'"],
  ['explain acme/linux --at noon', '--at is "noon"; allowed: a time with its zone, such as'],
  ['explain acme/linux --minutes 0', '--minutes is "0"; allowed: a number from 1 to 240'],
  ['pause', "missing required argument 'classes'"],
  ['resume', "missing required argument 'classes'"],
  ['secret get', '"get" is no work on secrets; allowed: set'],
  ['secret set --source jenkins', '--source is "jenkins"; allowed: circleci, github, gitlab'],
  ['reconcile', '--dry-run is not given; allowed: with it only'],
  ['local --port 0', '--port is "0"; allowed: a whole number from 1 to 65535'],
  ['drain --all --region mars', '--region is "mars"; allowed: the name of a region, such as'],
];

test.each(REFUSED)('%j is refused in one sentence, without a stack', async (line, said) => {
  const inFolder = (text: string) => text.replaceAll('<folder>', folder);
  const args = inFolder(line)
    .split(' ')
    .filter((word) => word !== '');
  const { code, stderr } = await session.run(args, { cwd: folder });
  expect(stderr).toContain(inFolder(said));
  const more = stderr.trimEnd().split('\n').slice(1).join();
  expect(more).toMatch(/^(runner-scaler( [a-z-]+)? --help shows what is allowed)?$/);
  expect(code).toBe(1);
});

test('a process of its own ends with the same sentence, and with the exit code', async () => {
  const args = ['simulate', '--hours', '0'];
  const { code, stdout, stderr } = await runnerScaler(args, { cwd: folder });
  expect({ code, stdout, stderr }).toEqual(await session.run(args, { cwd: folder }));
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test('every command is tried with wrong input', () => {
  const tried = new Set(REFUSED.map(([line]) => line.split(' ')[0]));
  for (const command of COMMANDS) expect(tried).toContain(command);
});

describe('help', () => {
  test('lists every command', async () => {
    const { code, stdout } = await session.run(['--help']);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} +\\w`, 'm'));
  });

  test.each([
    ['simulate', '--over-http'],
    ['what-if', 'configs'],
    ['compare', 'ours-10s-events (shipped)'],
    ['evidence', 'hold-backs'],
    ['probe', '--rounds'],
    ['drain', '--end-now'],
  ])('of %s says what it takes', async (command, word) => {
    for (const asked of [
      [command, '--help'],
      ['help', command],
    ]) {
      const { code, stdout, stderr } = await session.run(asked);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`Usage: runner-scaler ${command} [options]`);
      expect(stdout).toContain(word);
    }
  });

  test('and the version do not load the AWS SDK or CDK', async () => {
    const { code, stdout } = await runnerScaler(['--version']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${packageJson.version}\n` });
    for (const args of [['--help'], ['simulate', '--help'], ['drain', '--help']]) {
      expect(await loadedBy(args)).toEqual([]);
    }
  });
});

/** Which of the large packages are loaded. */
async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
  const hook = join(folder, 'hook.mjs');
  await writeFile(
    hook,
    `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`export async function resolve(s, c, n) {
  if (/^(@aws-sdk|aws-cdk-lib)/.test(s)) process.stderr.write('loads ' + s + '\\\\n');
  return n(s, c);
}\`));`,
  );
  const { stderr } = await runnerScaler(args, { env: { NODE_OPTIONS: `--import=file://${hook}` } });
  return stderr.split('\n').filter((line) => line.startsWith('loads '));
}

describe('a reader that is gone', () => {
  test('ends the command with one sentence', async () => {
    const command = fileURLToPath(new URL('../../bin/runner-scaler.mjs', import.meta.url));
    const child = spawn(process.execPath, [command, 'compare', '--help']);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (part) => (stderr += String(part)));
    const code = await new Promise((resolve) => {
      child.on('close', resolve);
    });
    expect({ code, stderr }).toEqual({
      code: 141,
      stderr: 'stopped: nobody reads the output any more\n',
    });
  });
});

test('is found through a link, runs in any folder, and there in several processes', async () => {
  const link = join(folder, 'runner-scaler');
  await symlink(fileURLToPath(new URL('../../bin/runner-scaler.mjs', import.meta.url)), link);
  const args = 'compare --workload steady --rules oracle --seeds 2 --hours 1 --processes 2';
  const { code, stdout } = await runnerScaler(args.split(' '), { cwd: folder, command: link });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^oracle +1\.000/m);
});
